#include "stages/kubernetes/inspect/cluster_state.hpp"

#include <array>
#include <mutex>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

Task<Result<ClusterState>> look_at(Client& client) {
  ClusterState state{.now = std::chrono::duration_cast<std::chrono::seconds>(client.step().world().clock.wall()).count()};
  ApiRequest question{.path = "/version"};
  Task<Result<json>> asking = client.ask(std::move(question), "ask the API server for its version");
  const Result<json> version = co_await asking;
  if (!version) co_return tl::unexpected(version.error());
  state.version = text_in(*version, "gitVersion");
  struct List {
    const char* path;
    const char* what;
    json* items;
    const char* fields;
  };
  const std::array<List, 4> lists{{{"/api/v1/nodes", "list the nodes", &state.nodes, ""},
                                   {"/api/v1/pods", "list the Pods", &state.pods, ""},
                                   {"/api/v1/persistentvolumeclaims", "list the claims of volumes", &state.claims, ""},
                                   {"/api/v1/events", "list the events", &state.warnings, "type=Warning"}}};
  std::mutex mutex;
  std::function<Task<Result<bool>>(std::size_t)> work = [&](std::size_t number) -> Task<Result<bool>> {
    const List& list = lists[number];
    Query query;
    if (*list.fields != '\0') query.emplace_back("fieldSelector", list.fields);
    Task<Result<json>> listing = client.list(list.path, std::move(query), list.what);
    Result<json> listed = co_await listing;
    const std::lock_guard lock(mutex);
    if (listed) *list.items = std::move((*listed)["items"]);
    else state.unknown.push_back(listed.error().message);
    co_return true;
  };
  Task<Result<bool>> looking = engine::in_lanes(lists.size(), lists.size(), std::move(work));
  co_await looking;
  if (client.step().stopping()) co_return engine::failure("stopped");
  co_return state;
}

}  // namespace sdlrun::stages::kubernetes
