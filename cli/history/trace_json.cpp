#include "cli/history/trace_json.hpp"

#include <algorithm>

#include "cli/history/lanes.hpp"
#include "cli/report/json_text.hpp"

namespace sdlrun::cli {

namespace {

constexpr int process = 1;
constexpr std::int64_t microseconds_in_one = 1000;

Json metadata(const char* name, std::size_t lane, const std::string& value) {
  return {{"name", name}, {"ph", "M"}, {"pid", process}, {"tid", lane}, {"args", {{"name", value}}}};
}

Json complete_event(const std::string& name, const std::string& category, const Interval& interval, std::size_t lane, Json details) {
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"ts", interval.begin.count() * microseconds_in_one},
          {"dur", (interval.end - interval.begin).count() * microseconds_in_one},
          {"pid", process},
          {"tid", lane},
          {"args", std::move(details)}};
}

Json details_of(const PastStep& step) {
  Json details = {{"outcome", outcome_word(step.outcome)}, {"reason", step.reason}};
  if (!step.error.message.empty()) details["error"] = step.error.message;
  for (const PastValue& output : step.outputs) details[output.name] = output.text;
  return details;
}

void add_step(Json& events, const PastStep& step, std::size_t lane) {
  events.push_back(complete_event(step.title(), step.stage, {step.began(), step.ended()}, lane, details_of(step)));
  if (step.attempts.size() == 1) return;
  for (std::size_t index = 0; index < step.attempts.size(); ++index) {
    const PastAttempt& attempt = step.attempts[index];
    const Json details = attempt.error.empty() ? Json::object() : Json{{"error", attempt.error}};
    events.push_back(complete_event("attempt " + std::to_string(index + 1), "attempt", {attempt.began, attempt.ended}, lane, details));
  }
}

}  // namespace

std::string trace_json(const PastRun& run) {
  std::vector<const PastStep*> begun;
  std::vector<Interval> intervals;
  for (const PastStep& step : run.steps) {
    if (!step.has_begun()) continue;
    begun.push_back(&step);
    intervals.push_back({step.began(), step.ended()});
  }
  const std::vector<std::size_t> lanes = lanes_of(intervals);
  Json events = Json::array({metadata("process_name", 0, "sdlrun " + run.record.pipeline + ' ' + run.record.run)});
  const std::size_t count = lanes.empty() ? 0 : 1 + *std::max_element(lanes.begin(), lanes.end());
  for (std::size_t lane = 0; lane < count; ++lane) events.push_back(metadata("thread_name", lane + 1, "lane " + std::to_string(lane + 1)));
  for (std::size_t index = 0; index < begun.size(); ++index) add_step(events, *begun[index], lanes[index] + 1);
  Json trace = {{"displayTimeUnit", "ms"},
                {"otherData", {{"run", run.record.run}, {"pipeline", run.record.pipeline}, {"command", run.record.command}}}};
  trace["traceEvents"] = std::move(events);
  return json_line(trace) + '\n';
}

}  // namespace sdlrun::cli
