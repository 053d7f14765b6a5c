#include "stages/kubernetes/objects/make.hpp"

#include <random>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

Task<Result<bool>> make(Client& client, Resource resource, json object) {
  ApiRequest request{.method = "POST",
                     .path = path_of(resource, text_at(object, {"metadata", "namespace"})),
                     .query = {{"fieldManager", field_manager}},
                     .body = object.dump(-1, ' ', false, json::error_handler_t::replace)};
  Task<Result<ApiAnswer>> calling = client.call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == 409 && text_in(answer->body, "reason") == "AlreadyExists") co_return false;
  if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, "make " + name_of(object)));
  co_return true;
}

Task<Result<bool>> give_to(Client& client, Resource resource, std::string name, json owner) {
  json reference{{"apiVersion", text_in(owner, "apiVersion")}, {"kind", text_in(owner, "kind")}, {"name", text_at(owner, {"metadata", "name"})}, {"uid", text_at(owner, {"metadata", "uid"})}, {"controller", true}};
  const json patch{{"metadata", {{"ownerReferences", json::array({std::move(reference)})}}}};
  ApiRequest request{.method = "PATCH", .path = path_of(resource, text_at(owner, {"metadata", "namespace"}), name), .body = patch.dump(), .content_type = "application/merge-patch+json"};
  Task<Result<ApiAnswer>> calling = client.call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good() && answer->status != 404) co_return tl::unexpected(refusal(answer->status, answer->body, "give `" + name + "` to " + name_of(owner)));
  co_return true;
}

std::string random_token() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device device;  // the kernel's, with libstdc++
  std::string token;
  for (int i = 0; i < 40; ++i) token += digits[device() & 15U];
  return token;
}

}  // namespace sdlrun::stages::kubernetes
