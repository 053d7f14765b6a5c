#include "stages/kubernetes/diagnosis/problems.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/times.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/complaints.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

constexpr std::int64_t last_hour = 3600;
/// To be begun takes a while.
constexpr std::int64_t young = 60;
constexpr std::size_t most_warnings = 20;

std::string shown(const std::string& kind, const std::string& name, const std::string& space) { return "the " + kind + " `" + name + '`' + (space.empty() ? "" : " in `" + space + '`'); }

std::string name_in(const json& object) { return text_at(object, {"metadata", "name"}); }
std::string space_in(const json& object) { return text_at(object, {"metadata", "namespace"}); }

/// An event's time stands in one of three places.
std::int64_t time_of(const json& event) {
  std::int64_t latest = 0;
  for (const std::string& time : {text_in(event, "lastTimestamp"), text_in(event, "eventTime"), text_at(event, {"series", "lastObservedTime"}), text_at(event, {"metadata", "creationTimestamp"})}) {
    latest = std::max(latest, seconds_of(time).value_or(0));
  }
  return latest;
}

std::string last_warning_about(const ClusterState& state, const std::string& uid) {
  std::int64_t latest = 0;
  std::string text;
  for (const json& event : state.warnings) {
    if (text_at(event, {"involvedObject", "uid"}) != uid || time_of(event) < latest) continue;
    latest = time_of(event);
    text = text_in(event, "message");
  }
  return text;
}

void add_nodes(const ClusterState& state, std::vector<std::string>& problems) {
  for (const json& node : state.nodes) {
    bool has_told_ready = false;
    for (const json& condition : list_in(object_in(node, "status"), "conditions")) {
      const std::string type = text_in(condition, "type"), status = text_in(condition, "status"), why = text_in(condition, "message");
      has_told_ready = has_told_ready || type == "Ready";
      if (type == "Ready" && status != "True") problems.push_back("the node `" + name_in(node) + "` is not ready: " + (why.empty() ? text_in(condition, "reason") : why));
      const bool is_short = type.ends_with("Pressure") || type == "NetworkUnavailable";
      if (is_short && status == "True") problems.push_back("the node `" + name_in(node) + "` has " + type + ": " + why);
    }
    if (!has_told_ready) problems.push_back("the node `" + name_in(node) + "` has never said whether it is ready");
  }
}

/// Gives the uids of those that were told of.
std::set<std::string> add_pods(const ClusterState& state, std::vector<std::string>& problems) {
  std::set<std::string> told;
  for (const json& pod : state.pods) {
    const auto complaint = complaint_of(pod);
    if (!complaint || is_being_deleted(pod)) continue;
    const std::int64_t age = state.now - seconds_of(text_at(pod, {"metadata", "creationTimestamp"})).value_or(state.now);
    const bool is_only_slow = complaint->container.empty() && complaint->detail.empty() && text_at(pod, {"status", "phase"}) != "Failed";
    if (is_only_slow && age < young) continue;
    const std::string uid = text_at(pod, {"metadata", "uid"}), more = complaint->detail.empty() ? last_warning_about(state, uid) : complaint->detail;
    problems.push_back(shown("Pod", name_in(pod), space_in(pod)) + ": " + complaint->text + (more.empty() || complaint->text.find(more) != std::string::npos ? "" : ": " + more));
    told.insert(uid);
  }
  return told;
}

void add_claims(const ClusterState& state, std::vector<std::string>& problems, std::set<std::string>& told) {
  for (const json& claim : state.claims) {
    const std::string phase = text_at(claim, {"status", "phase"}), uid = text_at(claim, {"metadata", "uid"});
    if (phase == "Bound") continue;
    const std::string more = last_warning_about(state, uid), wanted = text_at(claim, {"spec", "storageClassName"});
    problems.push_back(shown("PersistentVolumeClaim", name_in(claim), space_in(claim)) + " is " + phase + (wanted.empty() ? ": it names no storage class" : " (storage class `" + wanted + "`)") + (more.empty() ? "" : ": " + more));
    told.insert(uid);
  }
}

void add_warnings(const ClusterState& state, const std::set<std::string>& told, std::vector<std::string>& problems) {
  std::map<std::string, std::pair<std::int64_t, std::string>> latest;  // by the object and reason
  for (const json& event : state.warnings) {
    const json about = object_in(event, "involvedObject");
    const std::int64_t when = time_of(event);
    if (state.now - when > last_hour || told.contains(text_in(about, "uid"))) continue;
    const std::string object = shown(text_in(about, "kind"), text_in(about, "name"), text_in(about, "namespace"));
    const std::int64_t times = std::max<std::int64_t>({1, integer_at(event, {"count"}), integer_at(event, {"series", "count"})});
    auto& [last, text] = latest[object + text_in(event, "reason")];
    if (when < last) continue;
    last = when;
    text = "a warning of " + age_text(state.now - when) + " ago about " + object + ": " + text_in(event, "reason") + ": " + text_in(event, "message") + (times > 1 ? " (" + std::to_string(times) + " times)" : "");
  }
  std::vector<std::pair<std::int64_t, std::string>> newest;
  for (const auto& [object, warning] : latest) newest.push_back(warning);
  std::stable_sort(newest.begin(), newest.end(), [](const auto& left, const auto& right) { return left.first > right.first; });
  for (std::size_t index = 0; index < std::min(newest.size(), most_warnings); ++index) problems.push_back(newest[index].second);
  if (newest.size() > most_warnings) problems.push_back(std::to_string(newest.size() - most_warnings) + " more warnings in the last hour (`kubectl get events -A --field-selector type=Warning`)");
}

}  // namespace

std::vector<std::string> problems_in(const ClusterState& state) {
  std::vector<std::string> problems = state.unknown;
  add_nodes(state, problems);
  std::set<std::string> told = add_pods(state, problems);
  add_claims(state, problems, told);
  add_warnings(state, told, problems);
  return problems;
}

}  // namespace sdlrun::stages::kubernetes
