#include "stages/kubernetes/jobs/job_end.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/trouble.hpp"
#include "stages/program/user_program.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Error;
using engine::OutsideEnd;
using nlohmann::json;

namespace {

int exit_code_of(const json& end) { return static_cast<int>(integer_at(end, {"exitCode"})); }

Error failed_program(const JobDescription& description, const json& end) {
  const int code = exit_code_of(end);
  const std::string reason = text_in(end, "reason"), message = text_in(end, "message");
  if (reason == "StartError" || reason == "ContainerCannotRun") {
    return {.message = description.shown + " cannot be started in `" + description.image + "`: " + message,
            .hint = message.find("not found") != std::string::npos ? "the image does not have it: a script wants `bash`, unless it says `shell = \"sh\"`" : "is the image for this processor, and the program executable?"};
  }
  if (reason == "OOMKilled") {
    return {.message = description.shown + " ended with " + exit_code_text(code, reason),
            .hint = "give it more: `with { memory = … }`, or `memory` of `kubernetes.jobs`"};
  }
  Error error = program_failed(description.shown, {.exit_code = code});
  const std::string meaning = code > 128 ? meaning_of_exit_code(code, reason) : "";
  if (!meaning.empty()) error.message += ": " + meaning;
  return error;
}

/// The node has taken it away, or somebody has.
Error taken_away(const json& pod) {
  const std::string disruption = disruption_of(pod);
  return {.message = disruption.empty() ? "the job was taken off its node" : "the job was " + disruption,
          .hint = "a `retry` of the step starts it again",
          .transient = true};
}

}  // namespace

const json& container_state(const json& pod, const std::string& container, const char* state) {
  static const json none;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : value_at(pod, {"status", list})) {
      if (text_in(status, "name") == container) return value_at(status, {"state", state});
    }
  }
  return none;
}

bool has_ended(const json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

std::string failed_carrier(const json& pod) {
  for (const char* name : {fetch_container, leave_container}) {
    const json end = container_state(pod, name, "terminated");
    if (!end.is_null() && exit_code_of(end) != 0) return name;
  }
  return "";
}

OutsideEnd job_end(const JobDescription& description, const json& pod, const std::string& said) {
  if (text_at(pod, {"status", "phase"}) == "Succeeded") return {};
  const bool is_deleted = pod.is_null() || is_being_deleted(pod);
  if (is_deleted && disruption_of(pod).empty()) {
    return {.failure = Error{.message = "the job was deleted while it ran", .hint = "by whom? `kubectl get events -n " + description.place.space + "` may tell; a `retry` of the step starts it again", .transient = true}};
  }
  const json end = container_state(pod, program_container, "terminated");
  if (!end.is_null() && exit_code_of(end) != 0 && disruption_of(pod).empty()) {
    return {.failure = failed_program(description, end), .exit_code = exit_code_of(end)};
  }
  if (const std::string carrier = failed_carrier(pod); !carrier.empty()) {
    const bool before = carrier == fetch_container;
    return {.failure = Error{.message = before ? "the job's files could not be brought to it" : "what the job has left could not be kept",
                             .hint = "what carries files wants Python 3.8 or newer as `python3` in the image: else name another as `helper` of `kubernetes.jobs`",
                             .detail = said.empty() ? text_in(container_state(pod, carrier, "terminated"), "message") : said}};
  }
  return {.failure = taken_away(pod)};
}

}  // namespace sdlrun::stages::kubernetes
