#include "stages/kubernetes/inspect/tables.hpp"

#include <algorithm>
#include <map>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/times.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/objects/quantity.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

using Row = std::vector<std::string>;

std::vector<std::string> table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) widths[column] = std::max(widths[column], row[column].size());
  }
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += row[column];
      if (column + 1 < row.size()) line += std::string(widths[column] - row[column].size() + 3, ' ');
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string age_of(const json& object, std::int64_t now) {
  const auto made = seconds_of(text_at(object, {"metadata", "creationTimestamp"}));
  return made ? age_text(now - *made) : "<unknown>";
}

/// What the scheduler counts: the containers together, or the largest that runs before them.
double request_of(const json& pod, std::string_view resource) {
  double together = 0, before = 0;
  const json spec = object_in(pod, "spec");
  for (const json& container : list_in(spec, "containers")) together += quantity(text_at(container, {"resources", "requests", resource})).value_or(0);
  for (const json& container : list_in(spec, "initContainers")) {
    const double wanted = quantity(text_at(container, {"resources", "requests", resource})).value_or(0);
    if (text_in(container, "restartPolicy") == "Always") together += wanted;
    else before = std::max(before, wanted);
  }
  return std::max(together, before) + quantity(text_at(spec, {"overhead", resource})).value_or(0);
}

std::string roles_of(const json& node) {
  constexpr std::string_view beginning = "node-role.kubernetes.io/";
  std::string roles;
  const json labels = object_in(object_in(node, "metadata"), "labels");
  for (const auto& [label, value] : labels.items()) {
    if (label.starts_with(beginning)) roles += (roles.empty() ? "" : ",") + label.substr(beginning.size());
  }
  return roles.empty() ? "<none>" : roles;
}

/// The column STATUS, as kubectl makes it of phase and containers.
std::string status_of(const json& pod) {
  const json status = object_in(pod, "status");
  std::string text = text_in(status, "reason").empty() ? text_in(status, "phase") : text_in(status, "reason");
  const auto of_container = [](const json& container) {
    const json& ended = value_at(container, {"state", "terminated"});
    if (const std::string waiting = text_at(container, {"state", "waiting", "reason"}); !waiting.empty()) return waiting;
    if (!ended.is_object()) return std::string();
    if (const std::string reason = text_in(ended, "reason"); !reason.empty()) return reason;
    return "ExitCode:" + std::to_string(integer_at(ended, {"exitCode"}));
  };
  const json before = list_in(status, "initContainerStatuses");
  const std::size_t all = list_in(object_in(pod, "spec"), "initContainers").size();
  bool is_beginning = false;
  for (std::size_t index = 0; index < before.size() && !is_beginning; ++index) {
    const json& ended = value_at(before[index], {"state", "terminated"});
    if (ended.is_object() && integer_at(ended, {"exitCode"}) == 0) continue;
    if (value_at(before[index], {"started"}) == true) continue;  // one that goes on beside the others
    const std::string word = of_container(before[index]);
    text = word.empty() || word == "PodInitializing" ? "Init:" + std::to_string(index) + '/' + std::to_string(all) : "Init:" + word;
    is_beginning = true;
  }
  bool has_running = false;
  for (const json& container : is_beginning ? json::array() : list_in(status, "containerStatuses")) {
    if (const std::string word = of_container(container); !word.empty()) text = word;
    has_running = has_running || (value_at(container, {"ready"}) == true && value_at(container, {"state", "running"}).is_object());
  }
  if (text == "Completed" && has_running) text = condition_holds(pod, "Ready") ? "Running" : "NotReady";
  if (is_being_deleted(pod)) return text_in(status, "reason") == "NodeLost" ? "Unknown" : "Terminating";
  return text;
}

Row pod_row(const json& pod, std::int64_t now) {
  std::int64_t ready = 0, restarts = 0, last = 0;
  const std::size_t containers = list_in(object_in(pod, "spec"), "containers").size();
  for (const json& container : list_in(object_in(pod, "status"), "containerStatuses")) {
    if (value_at(container, {"ready"}) == true) ++ready;
    restarts += integer_at(container, {"restartCount"});
    last = std::max(last, seconds_of(text_at(container, {"lastState", "terminated", "finishedAt"})).value_or(0));
  }
  std::string restarted = std::to_string(restarts);
  if (restarts > 0 && last > 0) restarted += " (" + age_text(now - last) + " ago)";
  return {text_at(pod, {"metadata", "name"}), std::to_string(ready) + '/' + std::to_string(containers), status_of(pod), restarted, age_of(pod, now)};
}

}  // namespace

std::vector<NodeRoom> rooms_of(const ClusterState& state) {
  std::vector<NodeRoom> rooms;
  std::map<std::string, std::size_t> place;
  for (const json& node : state.nodes) {
    NodeRoom room{.name = text_at(node, {"metadata", "name"}), .version = text_at(node, {"status", "nodeInfo", "kubeletVersion"}), .is_ready = condition_holds(node, "Ready")};
    room.is_schedulable = value_at(node, {"spec", "unschedulable"}) != true;
    room.cpu = room.free_cpu = quantity(text_at(node, {"status", "allocatable", "cpu"})).value_or(0);
    room.memory = room.free_memory = quantity(text_at(node, {"status", "allocatable", "memory"})).value_or(0);
    place.emplace(room.name, rooms.size());
    rooms.push_back(std::move(room));
  }
  for (const json& pod : state.pods) {
    const std::string phase = text_at(pod, {"status", "phase"});
    const auto node = place.find(text_at(pod, {"spec", "nodeName"}));
    if (node == place.end() || phase == "Succeeded" || phase == "Failed") continue;
    NodeRoom& room = rooms[node->second];
    room.free_cpu -= request_of(pod, "cpu");
    room.free_memory -= request_of(pod, "memory");
    ++room.pods;
  }
  return rooms;
}

std::vector<std::string> node_table(const ClusterState& state) {
  std::vector<Row> rows{{"NAME", "STATUS", "ROLES", "AGE", "VERSION", "CPU FREE", "MEMORY FREE", "PODS"}};
  const std::vector<NodeRoom> rooms = rooms_of(state);
  for (std::size_t index = 0; index < rooms.size(); ++index) {
    const NodeRoom& room = rooms[index];
    const json& node = state.nodes[index];
    rows.push_back({room.name, std::string(room.is_ready ? "Ready" : "NotReady") + (room.is_schedulable ? "" : ",SchedulingDisabled"), roles_of(node), age_of(node, state.now), room.version,
                    cpu_text(room.free_cpu) + " of " + cpu_text(room.cpu), memory_text(room.free_memory) + " of " + memory_text(room.memory), std::to_string(room.pods)});
  }
  return table(rows);
}

std::vector<std::string> pod_table(const ClusterState& state, const std::string& space) {
  std::vector<Row> rows{{"NAME", "READY", "STATUS", "RESTARTS", "AGE"}};
  for (const json& pod : state.pods) {
    if (text_at(pod, {"metadata", "namespace"}) == space) rows.push_back(pod_row(pod, state.now));
  }
  if (rows.size() == 1) return {"No resources found in " + space + " namespace."};
  return table(rows);
}

}  // namespace sdlrun::stages::kubernetes
