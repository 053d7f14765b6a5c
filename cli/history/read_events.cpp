// From the lines of an event log to a past run.
#include <algorithm>
#include <unordered_map>

#include "cli/history/past_run.hpp"
#include "cli/report/json_text.hpp"

namespace sdlrun::cli {

namespace {

using engine::Milliseconds;

// A log may be of another version, or damaged: what is missing is empty, and nothing throws.
const Json& field(const Json& object, const char* name) {
  static const Json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nothing : *found;
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = field(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

std::int64_t number_of(const Json& object, const char* name) {
  const Json& value = field(object, name);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

bool holds(const Json& object, const char* name) {
  const Json& value = field(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::string place_of(const Json& object) {
  const std::string file = text_of(object, "file");
  if (file.empty()) return "";
  return file + ':' + std::to_string(number_of(object, "line")) + ':' + std::to_string(number_of(object, "column"));
}

/// Requirements need no name; where they are written tells them apart.
std::string identity_of(const std::string& name, const Json& object) { return name.empty() ? '\n' + place_of(object) : name; }

PastValue value_of(const std::string& name, const Json& value) {
  PastValue result{.name = name, .json = json_line(value), .text = {}};
  const Json& file = value.is_object() && value.contains("dir") ? field(value, "dir") : field(value, "file");
  const Json& shown = file.is_string() ? file : value;
  result.text = shown.is_string() ? shown.get<std::string>() : json_line(shown);
  return result;
}

PastOutcome outcome_of(const std::string& word) {
  if (word == "ran") return PastOutcome::ran;
  if (word == "cached") return PastOutcome::cached;
  if (word == "skipped") return PastOutcome::skipped;
  if (word == "failed") return PastOutcome::failed;
  if (word == "stopped") return PastOutcome::stopped;
  return word == "not_reached" ? PastOutcome::not_reached : PastOutcome::unknown;
}

/// Takes one event after the other.
class Reading {
 public:
  explicit Reading(const engine::RunRecord& record) { run_.record = record; }

  void take(const Json& event) {
    const std::string kind = text_of(event, "event");
    const Milliseconds at(number_of(event, "at_ms"));
    run_.length = std::max(run_.length, at);
    run_.has_log = true;
    if (kind == "graph" || kind == "steps_added") take_steps(field(event, "steps"));
    if (kind == "steps_added") {
      take_steps(field(event, "waiting"));
      step(event, "by").outcome = PastOutcome::ran;
    }
    if (kind == "step_started") take_start(step(event, "step"), event, at);
    if (kind == "step_retried") take_retry(step(event, "step"), event, at);
    if (kind == "step_finished") take_end(step(event, "step"), event, at);
    if (kind == "requirement_decided") take_requirement(step(event, "requirement"), event);
    if (kind == "output_published") take_output(event);
    if (kind == "run_finished") run_.is_whole = true;
  }

  PastRun end(Milliseconds so_far) {
    run_.length = std::max(run_.length, so_far);
    if (run_.is_whole) run_.length = std::max(run_.length, run_.record.duration);
    for (PastStep& step : run_.steps) settle(step);
    if (!run_.is_whole) find_cached();
    return std::move(run_);
  }

 private:
  /// One that is known already comes after more.
  void take_steps(const Json& steps) {
    for (const Json& entry : steps) {
      const std::string name = text_of(entry, "step");
      const auto [known, is_new] = indices_.emplace(identity_of(name, entry), run_.steps.size());
      if (is_new) run_.steps.push_back({.name = name, .stage = text_of(entry, "stage")});
      PastStep& step = run_.steps[known->second];
      step.is_gate = step.stage.empty() && !entry.contains("file");
      for (const Json& other : field(entry, "after")) {
        const auto before = other.is_string() ? indices_.find(other.get<std::string>()) : indices_.end();
        if (before != indices_.end()) step.after.push_back(before->second);
      }
    }
  }

  /// One that the graph does not name, where that line is damaged, is added.
  PastStep& step(const Json& event, const char* name_field) {
    const std::string name = text_of(event, name_field);
    const auto [entry, is_new] = indices_.emplace(identity_of(name, event), run_.steps.size());
    if (is_new) run_.steps.push_back({.name = name, .stage = std::string_view(name_field) == "step" ? "?" : ""});
    return run_.steps[entry->second];
  }

  void take_start(PastStep& step, const Json& event, Milliseconds at) {
    step.reason = text_of(event, "reason");
    step.attempts = {{.began = at, .ended = at}};
    step.outcome = PastOutcome::unfinished;
  }

  void take_retry(PastStep& step, const Json& event, Milliseconds at) {
    if (!step.has_begun()) step.attempts.push_back({.began = at});
    step.attempts.back().ended = at;
    step.attempts.back().error = text_of(field(event, "error"), "message");
    const Milliseconds next = at + Milliseconds(number_of(event, "pause_ms"));
    step.attempts.push_back({.began = next, .ended = next});
  }

  void take_end(PastStep& step, const Json& event, Milliseconds at) {
    step.outcome = outcome_of(text_of(event, "outcome"));
    step.duration = Milliseconds(number_of(event, "duration_ms"));
    step.log_tail = text_of(event, "log_tail");
    const Json& error = field(event, "error");
    step.error = {.message = text_of(error, "message"), .hint = text_of(error, "hint"), .detail = text_of(error, "detail")};
    step.place = place_of(error);
    for (const Json& warning : field(event, "warnings")) {
      if (warning.is_string()) step.warnings.push_back(warning.get<std::string>());
    }
    const Json& outputs = field(event, "outputs");
    for (auto output = outputs.begin(); outputs.is_object() && output != outputs.end(); ++output) {
      step.outputs.push_back(value_of(output.key(), output.value()));
    }
    if (step.has_begun()) end_attempts(step, number_of(event, "attempts"), at);
  }

  /// Given up while it rested, a step ends without the attempt that was to come; after a rest the last attempt began when its
  /// duration says, as it may have waited for a slot.
  void end_attempts(PastStep& step, std::int64_t made, Milliseconds at) {
    if (made > 0 && step.attempts.size() > static_cast<std::size_t>(made)) {
      step.attempts.resize(static_cast<std::size_t>(made));
      return;
    }
    PastAttempt& last = step.attempts.back();
    last.ended = at;
    last.error = step.error.message;
    if (step.attempts.size() > 1) last.began = std::min(std::max(last.began, at - step.duration), at);
  }

  void take_requirement(PastStep& requirement, const Json& event) {
    // Two of one place (a stage used twice) count as one: the one that fails is the one to be seen.
    if (requirement.outcome == PastOutcome::failed) return;
    requirement.outcome = holds(event, "holds") ? PastOutcome::ran : PastOutcome::failed;
    requirement.error.message = text_of(event, "message");
    requirement.place = place_of(event);
  }

  void take_output(const Json& event) {
    PastValue output = value_of(text_of(event, "name"), field(event, "value"));
    if (const std::string link = text_of(event, "link"); !link.empty()) output.text = link;
    run_.outputs.push_back(std::move(output));
  }

  /// In a run that has ended, what has no event of its own came from the cache; a requirement was not come to.
  void settle(PastStep& step) const {
    if (step.outcome == PastOutcome::unknown && run_.is_whole) {
      step.outcome = step.is_requirement() ? PastOutcome::not_reached : PastOutcome::cached;
    }
    if (step.outcome != PastOutcome::unfinished) return;
    // While it rests, the next attempt has not begun.
    if (step.attempts.back().began > run_.length && step.attempts.size() > 1) {
      step.attempts.pop_back();
    } else {
      step.attempts.back().ended = run_.length;
    }
    step.duration = step.attempts.back().ended - step.attempts.back().began;
  }

  /// In one that has not, only what something begun comes after is known to have come from the cache.
  void find_cached() {
    for (std::size_t index = run_.steps.size(); index-- > 0;) {
      const PastStep& step = run_.steps[index];
      if (step.outcome == PastOutcome::unknown || step.outcome == PastOutcome::not_reached) continue;
      for (const std::size_t before : step.after) {
        if (run_.steps[before].outcome == PastOutcome::unknown) run_.steps[before].outcome = PastOutcome::cached;
      }
    }
  }

  PastRun run_;
  std::unordered_map<std::string, std::size_t> indices_;
};

}  // namespace

PastRun past_run(const engine::RunRecord& record, std::string_view event_lines, engine::Milliseconds so_far) {
  Reading reading(record);
  while (!event_lines.empty()) {
    const std::size_t end = std::min(event_lines.find('\n'), event_lines.size());
    const Json event = Json::parse(event_lines.substr(0, end), nullptr, false);
    if (event.is_object()) reading.take(event);
    event_lines.remove_prefix(std::min(end + 1, event_lines.size()));
  }
  return reading.end(so_far);
}

}  // namespace sdlrun::cli
