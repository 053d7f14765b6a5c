#include "stages/kubernetes/cluster/existing.hpp"

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

Task<Result<ClusterFacts>> cluster_facts(Client& client) {
  ApiRequest question{.path = "/version"};
  Task<Result<json>> asking = client.ask(std::move(question), "ask the API server for its version");
  const Result<json> version = co_await asking;
  if (!version) co_return tl::unexpected(version.error());
  ClusterFacts facts{.version = text_in(*version, "gitVersion")};
  if (facts.version.empty()) co_return engine::failure(client.context().server + " answers, but not as a Kubernetes API server does", "look at `server` of the kubeconfig");
  Task<Result<json>> listing = client.list("/api/v1/nodes", {}, "list the nodes");
  const Result<json> nodes = co_await listing;
  if (!nodes) {
    client.step().warn(nodes.error().message);
    co_return facts;
  }
  for (const json& node : value_at(*nodes, {"items"})) facts.nodes.push_back(text_at(node, {"metadata", "name"}));
  co_return facts;
}

}  // namespace sdlrun::stages::kubernetes
