#include "stages/spark/kubernetes/fit.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/tables.hpp"
#include "stages/kubernetes/objects/quantity.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using kubernetes::memory_text;
using nlohmann::json;

namespace {

constexpr double mebibyte = 1 << 20;

double whole_of(const Properties& sizes, const std::string& role) {
  const std::string name = "spark." + role + ".memory";
  const auto memory = mebibytes(property(sizes, name), name);
  const auto beside = memory ? overhead_mebibytes(sizes, role, *memory, /*is_python=*/true) : memory;
  return beside ? static_cast<double>(*memory + *beside) * mebibyte : 0;
}

/// Such as the control plane's nodes in a cluster that has others.
bool keeps_pods_away(const json& node) {
  const json taints = list_in(object_in(node, "spec"), "taints");
  return std::any_of(taints.begin(), taints.end(), [](const json& taint) { return text_in(taint, "effect") != "PreferNoSchedule"; });
}

/// Takes room on the first node that has it, as full as it may be.
bool take(std::vector<double>& free, double bytes) {
  const auto node = std::find_if(free.begin(), free.end(), [&](double room) { return room >= bytes; });
  if (node == free.end()) return false;
  *node -= bytes;
  return true;
}

}  // namespace

WantedRoom wanted_room(const Properties& sizes) {
  return {.driver = whole_of(sizes, "driver"), .executor = whole_of(sizes, "executor"), .executors = std::strtoll(property(sizes, "spark.executor.instances").c_str(), nullptr, 10)};
}

std::string misfit(const WantedRoom& wanted, std::vector<double> free) {
  std::sort(free.begin(), free.end());
  std::string nodes;
  for (const double room : free) nodes += (nodes.empty() ? "" : ", ") + memory_text(std::max(0.0, room));
  const bool has_driver = take(free, wanted.driver);
  std::int64_t placed = 0;
  while (has_driver && placed < wanted.executors && take(free, wanted.executor)) ++placed;
  if (has_driver && placed == wanted.executors) return "";
  const std::string who = has_driver ? std::to_string(placed) + " of " + std::to_string(wanted.executors) + " executors find room beside the driver" : "not even the driver finds room";
  return "the cluster is too small for a job as it is asked for: " + who + ". A driver takes " + memory_text(wanted.driver) + ", an executor " + memory_text(wanted.executor) + ", what Python needs included; free on its nodes: " +
         (nodes.empty() ? "none is ready" : nodes) + ". Take fewer executors or less `memory`, or give the cluster more (`kubernetes.cluster`: `memory` or `nodes`)";
}

Task<Result<bool>> warn_where_too_small(kubernetes::Client& client, Properties sizes) {
  kubernetes::ClusterState state;
  Task<Result<json>> listing = client.list("/api/v1/nodes", {}, "list the nodes");
  const Result<json> nodes = co_await listing;
  if (!nodes) co_return false;
  Task<Result<json>> listing_pods = client.list("/api/v1/pods", {}, "list the Pods");
  const Result<json> pods = co_await listing_pods;
  if (!pods) co_return false;
  for (const json& node : list_in(*nodes, "items")) {
    if (!keeps_pods_away(node)) state.nodes.push_back(node);
  }
  state.pods = list_in(*pods, "items");
  std::vector<double> free;
  for (const kubernetes::NodeRoom& room : kubernetes::rooms_of(state)) {
    if (room.is_ready && room.is_schedulable) free.push_back(room.free_memory);
  }
  if (const std::string text = misfit(wanted_room(sizes), std::move(free)); !text.empty()) client.step().warn(text);
  co_return true;
}

}  // namespace sdlrun::stages::spark
