#include "stages/kubernetes/pods/complaints.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/trouble.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t most_pods = 3;
constexpr int log_lines = 5;

std::string exit_words(const json& ended) {
  const int code = static_cast<int>(integer_at(ended, {"exitCode"}));
  // What is less may be Spark's meaning, and any program's.
  constexpr int first_of_all = 126;
  const std::string reason = text_in(ended, "reason");
  return reason == "OOMKilled" || code >= first_of_all ? exit_code_text(code, reason) : "exit code " + std::to_string(code);
}

std::optional<Complaint> container_complaint(const json& status) {
  const std::string name = text_in(status, "name");
  const json& now = value_at(status, {"state", "terminated"});
  const json& before = value_at(status, {"lastState", "terminated"});
  const bool waits_to_restart = text_at(status, {"state", "waiting", "reason"}) == "CrashLoopBackOff";
  if (now.is_object() && integer_at(now, {"exitCode"}) != 0) return Complaint{.text = "the container `" + name + "` has ended with " + exit_words(now), .detail = text_in(now, "message"), .container = name};
  if (waits_to_restart && before.is_object()) {
    const std::int64_t times = integer_at(status, {"restartCount"}) + 1;
    return Complaint{.text = "the container `" + name + "` has ended " + std::to_string(times) + " times, last with " + exit_words(before), .detail = text_in(before, "message"), .container = name, .has_restarted = true};
  }
  return std::nullopt;
}

std::string first_line_after(const std::string& text, const std::string& beginning) { return text.starts_with(beginning) ? text.substr(beginning.size()) : text; }

void add_indented(std::vector<std::string>& lines, const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back("    " + text.substr(begin, end - begin));
    begin = end + 1;
  }
}

Task<bool> add_pod(Client& client, json pod, std::vector<std::string>& lines) {
  const std::string name = text_at(pod, {"metadata", "name"});
  const auto complaint = complaint_of(pod);
  if (!complaint) co_return false;
  lines.push_back("the Pod `" + name + "`: " + complaint->text);
  add_indented(lines, complaint->detail);
  if (!complaint->container.empty()) {
    Task<std::string> reading = log_end(client, pod, *complaint, log_lines);
    const std::string log = co_await reading;
    add_indented(lines, log);
  } else if (complaint->detail.empty()) {
    Task<std::string> asking = last_event(client, text_at(pod, {"metadata", "namespace"}), text_at(pod, {"metadata", "uid"}), "Warning");
    const std::string warning = co_await asking;
    add_indented(lines, warning);
  }
  co_return true;
}

}  // namespace

std::optional<Complaint> complaint_of(const json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  if (phase == "Succeeded") return std::nullopt;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : list_in(object_in(pod, "status"), list)) {
      if (auto complaint = container_complaint(status)) return complaint;
    }
  }
  if (const auto trouble = start_trouble(pod, "it", {})) return Complaint{.text = first_line_after(trouble->error.message, "it "), .detail = trouble->error.detail};
  if (phase == "Failed") return Complaint{.text = "has failed: " + text_at(pod, {"status", "reason"}) + ' ' + text_at(pod, {"status", "message"})};
  if (phase == "Unknown") return Complaint{.text = "its node does not answer"};
  if (phase == "Running" && !condition_of(pod, "Ready").is_null() && !is_pod_ready(pod)) return Complaint{.text = "runs, and is not ready"};
  if (phase == "Pending") return Complaint{.text = text_at(pod, {"spec", "nodeName"}).empty() ? "has no node yet" : "is being started"};
  return std::nullopt;
}

std::string selector_of(const json& object) {
  std::string text;
  const json labels = object_in(object_in(object_in(object, "spec"), "selector"), "matchLabels");
  for (const auto& [name, value] : labels.items()) text += (text.empty() ? "" : ",") + name + '=' + (value.is_string() ? value.get<std::string>() : std::string());
  return text;
}

Task<std::string> log_end(Client& client, json pod, Complaint of, int lines) {
  ApiRequest request{.path = path_of({.plural = "pods"}, text_at(pod, {"metadata", "namespace"}), text_at(pod, {"metadata", "name"})) + "/log",
                     .query = {{"container", of.container}, {"tailLines", std::to_string(lines)}}};
  if (of.has_restarted) request.query.emplace_back("previous", "true");
  Task<Result<ApiAnswer>> calling = client.call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer || !answer->is_good()) co_return std::string();
  co_return answer->text.empty() && !answer->body.is_null() ? answer->body.dump() : answer->text;
}

Task<std::string> last_event(Client& client, std::string space, std::string uid, std::string type) {
  std::string path = path_of({.plural = "events"}, space);
  Query query{{"fieldSelector", "involvedObject.uid=" + uid + (type.empty() ? "" : ",type=" + type)}};
  Task<Result<json>> listing = client.list(std::move(path), std::move(query), "list the events");
  const Result<json> events = co_await listing;
  std::string text, latest;
  if (!events) co_return text;
  for (const json& event : value_at(*events, {"items"})) {
    const std::string when = text_in(event, "lastTimestamp");
    if (when < latest) continue;
    latest = when;
    text = text_in(event, "reason") + ": " + text_in(event, "message");
  }
  co_return text;
}

Task<std::vector<std::string>> complaints_about(Client& client, json object) {
  std::vector<std::string> lines;
  if (object.is_null()) co_return lines;
  const std::string space = text_at(object, {"metadata", "namespace"}), labels = selector_of(object);
  if (text_in(object, "kind") == "Pod") {
    Task<bool> adding = add_pod(client, object, lines);
    co_await adding;
  } else if (!labels.empty()) {
    std::string path = path_of({.plural = "pods"}, space);
    Query query{{"labelSelector", labels}};
    Task<Result<json>> listing = client.list(std::move(path), std::move(query), "list the Pods");
    const Result<json> pods = co_await listing;
    std::size_t told = 0;
    if (pods) {
      for (const json& pod : value_at(*pods, {"items"})) {
        if (told == most_pods) break;
        Task<bool> adding = add_pod(client, pod, lines);
        if (co_await adding) ++told;
      }
    }
  }
  if (!lines.empty()) co_return lines;
  Task<std::string> asking = last_event(client, space, text_at(object, {"metadata", "uid"}), "Warning");
  const std::string warning = co_await asking;
  if (!warning.empty()) lines.push_back(warning);
  co_return lines;
}

}  // namespace sdlrun::stages::kubernetes
