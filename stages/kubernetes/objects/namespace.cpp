#include "stages/kubernetes/objects/namespace.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/objects/object_state.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

const Resource namespace_kind{.plural = "namespaces", .is_namespaced = false};

enum class Presence { there, going, missing };

Task<Result<Presence>> presence_of(Client& client, std::string space) {
  ApiRequest question{.path = path_of(namespace_kind, "", space)};
  Task<Result<ApiAnswer>> calling = client.call(std::move(question));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->is_good()) co_return is_being_deleted(answer->body) ? Presence::going : Presence::there;
  if (answer->status == 403) co_return Presence::there;
  if (answer->status == 404) co_return Presence::missing;
  co_return tl::unexpected(refusal(answer->status, answer->body, "look for the namespace `" + space + '`'));
}

}  // namespace

std::string namespace_of(const engine::StageInputs& inputs, const Client& client) { return inputs.has("namespace") ? inputs.text("namespace") : client.context().default_namespace; }

Task<Result<bool>> has_namespace(Client& client, std::string space) {
  Task<Result<Presence>> looking = presence_of(client, std::move(space));
  const Result<Presence> presence = co_await looking;
  if (!presence) co_return tl::unexpected(presence.error());
  co_return *presence == Presence::there;
}

Task<Result<bool>> make_namespace(Client& client, std::string space) {
  constexpr int most_looks = 300;
  for (int look = 0; look < most_looks; ++look) {
    Task<Result<Presence>> looking = presence_of(client, space);
    const Result<Presence> presence = co_await looking;
    if (!presence) co_return tl::unexpected(presence.error());
    if (*presence == Presence::there) co_return true;
    if (*presence == Presence::missing) {
      Task<Result<json>> applying = apply(client, namespace_kind, object_of_ours("v1", "Namespace", "", space));
      const Result<json> made = co_await applying;
      if (!made) co_return tl::unexpected(made.error());
      co_return true;
    }
    // Nothing can be put into it any more, and its name is free when all that was in it has gone.
    client.step().progress("waiting until the namespace `" + space + "`, which is being deleted, has gone");
    Task<bool> sleeping = client.step().sleep(engine::Milliseconds(1000));
    co_await sleeping;
    if (client.step().stopping()) co_return engine::failure("stopped");
  }
  co_return engine::failure("the namespace `" + space + "` is being deleted, and does not go", "`kubectl get namespace " + space + " -o yaml` says in its conditions what is left there");
}

}  // namespace sdlrun::stages::kubernetes
