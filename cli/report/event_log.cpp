#include "cli/report/event_log.hpp"

#include "cli/report/event_json.hpp"
#include "cli/report/json_text.hpp"
#include "engine/plan/plan.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::chrono::milliseconds flush_interval(200);
constexpr std::size_t largest_buffer = 1 << 20;

template <typename Kind>
bool is(const engine::Event& event) {
  return std::holds_alternative<Kind>(event);
}

bool has_outcome(const engine::Event& event, engine::StepOutcome outcome) {
  const auto* finished = std::get_if<engine::StepFinished>(&event);
  return finished != nullptr && finished->outcome == outcome;
}

bool is_logged(const engine::Event& event) {
  return !has_outcome(event, engine::StepOutcome::cached) && !is<engine::StepPrinted>(event) && !is<engine::StepProgressed>(event) && !is<engine::RunEstimated>(event);
}

/// Whether something runs or has failed.
bool begins_log(const engine::Event& event) {
  const auto* decided = std::get_if<engine::RequirementDecided>(&event);
  return is<engine::StepStarted>(event) || has_outcome(event, engine::StepOutcome::failed) || (decided != nullptr && !decided->holds);
}

bool may_come_early(const engine::Event& event) {
  return is<engine::RunStarted>(event) || is<engine::StepsAdded>(event) || is<engine::RequirementDecided>(event) || has_outcome(event, engine::StepOutcome::skipped);
}

/// ,"file":…,"line":…,"column":…: requirements need no name, and are told apart by their place.
std::string place_fields(const dsl::Node& node, const dsl::Sources& sources) {
  if (node.kind != dsl::NodeKind::requirement) return "";
  Json place = Json::object();
  add_place(place, node.span, sources);
  const std::string text = json_line(place);
  return place.empty() ? "" : ',' + text.substr(1, text.size() - 2);
}

/// The nodes that the goals need, without those that came behind gates: they have an event. Put together as text: of 100,000 steps a tree of JSON values takes five times as long.
std::string graph_line(const EventLogSetting& setting) {
  const dsl::Pipeline& pipeline = setting.pipeline;
  const auto still = dsl::hold_still(pipeline);
  const std::size_t count = pipeline.nodes_in_the_beginning();
  const std::vector<bool> needed = engine::needed_nodes(pipeline, setting.goals);
  std::vector<std::string> names;
  for (std::size_t index = 0; index < count; ++index) names.push_back(json_line(pipeline.nodes[index].name));
  std::string line = R"({"event":"graph","pipeline":)" + json_line(pipeline.name) + R"(,"steps":[)";
  for (std::size_t index = 0; index < count; ++index) {
    if (!needed[index]) continue;
    const dsl::Node& node = pipeline.nodes[index];
    if (line.back() != '[') line += ',';
    line.append(R"({"step":)").append(names[index]).append(R"(,"stage":)");
    line.append(json_line(node.schema == nullptr ? "" : node.schema->full_name())).append(R"(,"after":[)");
    for (const dsl::NodeId dependency : node.dependencies) {
      if (static_cast<std::size_t>(dependency) >= count) continue;
      if (line.back() != '[') line += ',';
      line += names[static_cast<std::uint32_t>(dependency)];
    }
    line.append("]").append(place_fields(node, setting.sources)).append("}");
  }
  return line + "]}";
}

}  // namespace

std::filesystem::path event_log_path(const std::filesystem::path& state_folder, const std::string& run) {
  return state_folder / "runs" / run / "events.jsonl";
}

void EventLog::take(const engine::Event& event) {
  if (!is_logged(event)) return;
  if (const auto* started = std::get_if<engine::RunStarted>(&event)) {
    path_ = event_log_path(setting_.state_folder, started->run);
    run_begin_ = setting_.now();
  }
  const engine::Milliseconds at = setting_.now() - run_begin_;
  if (!has_begun_ && !begins_log(event)) {
    if (may_come_early(event)) early_.emplace_back(at, event);
    return;
  }
  if (!has_begun_) begin();
  add(event, at);
  if (is<engine::RunFinished>(event)) flush();
}

void EventLog::begin() {
  has_begun_ = true;
  if (auto made = setting_.files.make_directories(path_.parent_path()); !made) {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(made.error());
    return;
  }
  add_line(graph_line(setting_));
  for (const auto& [at, event] : std::exchange(early_, {})) add(event, at);
  ticker_.emplace(flush_interval, [this] { flush(); });
}

void EventLog::add(const engine::Event& event, engine::Milliseconds at) {
  add_line(timed_event_json(event, setting_.sources, at));
}

void EventLog::add_line(std::string line) {
  const std::lock_guard lock(mutex_);
  if (problem_) return;
  buffer_ += std::move(line) + '\n';
  if (buffer_.size() > largest_buffer) write_buffer();
}

void EventLog::flush() {
  const std::lock_guard lock(mutex_);
  write_buffer();
}

/// What a failure has left half written stays the end of the log: what came behind it would be read as something else.
void EventLog::write_buffer() {
  if (buffer_.empty() || problem_) return;
  if (auto written = setting_.files.append(path_, buffer_); !written) problem_ = std::move(written.error());
  buffer_.clear();
}

std::optional<engine::Error> EventLog::problem() {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace sdlrun::cli
