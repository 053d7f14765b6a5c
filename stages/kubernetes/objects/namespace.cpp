#include "stages/kubernetes/objects/namespace.hpp"

#include "stages/kubernetes/api/api_error.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

const Resource namespace_kind{.plural = "namespaces", .is_namespaced = false};

}  // namespace

Task<Result<bool>> has_namespace(Client& client, std::string space) {
  ApiRequest question{.path = path_of(namespace_kind, "", space)};
  Task<Result<ApiAnswer>> calling = client.call(std::move(question));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->is_good() || answer->status == 403) co_return true;
  if (answer->status == 404) co_return false;
  co_return tl::unexpected(refusal(answer->status, answer->body, "look for the namespace `" + space + '`'));
}

Task<Result<bool>> make_namespace(Client& client, std::string space) {
  Task<Result<bool>> looking = has_namespace(client, space);
  const Result<bool> is_there = co_await looking;
  if (!is_there || *is_there) co_return is_there;
  Task<Result<json>> applying = apply(client, namespace_kind, object_of_ours("v1", "Namespace", "", space));
  const Result<json> made = co_await applying;
  if (!made) co_return tl::unexpected(made.error());
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
