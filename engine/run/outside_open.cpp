#include "engine/run/outside_open.hpp"

#include <algorithm>
#include <limits>

#include "dsl/pipeline/gate_name.hpp"

namespace sdlrun::engine {

namespace {

std::set<std::string> running_runs(State& state) {
  std::set<std::string> running;
  for (const RunRecord& run : state.runs(std::numeric_limits<std::size_t>::max())) {
    if (run.outcome == "running") running.insert(run.run);
  }
  return running;
}

}  // namespace

OpenOutside::OpenOutside(OutsideRecords records, const dsl::Pipeline& pipeline, State& state, Files& files, Events& events)
    : records_(std::move(records)), pipeline_(pipeline), state_(state), events_(events), left_(records_.open()) {
  std::erase_if(left_, [&](const OutsideRecord& record) {
    return record.pipeline != pipeline_.name || record.state == OutsideState::succeeded || record.state == OutsideState::failed;
  });
  const std::vector<std::filesystem::path> leftovers = records_.leftovers();
  if (left_.empty() && leftovers.empty()) return;
  const std::set<std::string> running = running_runs(state_);
  // Seen before we looked who runs: those of an engine that has begun since are not among them.
  for (const std::filesystem::path& path : running.empty() ? leftovers : std::vector<std::filesystem::path>()) {
    static_cast<void>(files.remove(path));
  }
  std::erase_if(left_, [&](const OutsideRecord& record) { return running.contains(record.run); });
}

void OpenOutside::tell_of_lost_steps() {
  for (const OutsideRecord& record : left_) {
    const bool has_step = std::any_of(pipeline_.nodes.begin(), pipeline_.nodes.end(), [&](const dsl::Node& node) {
      return node.kind == dsl::NodeKind::gate ? dsl::may_be_behind(node, record.step) : node.kind == dsl::NodeKind::step && node.name == record.step;
    });
    if (!has_step) tell(record, "which the pipeline no longer has");
  }
}

void OpenOutside::tell_of_other_keys(const std::string& step, const std::string& outside_key) {
  for (const OutsideRecord& record : left_) {
    if (record.step == step && record.key != outside_key) tell(record, "whose inputs have changed since");
  }
}

void OpenOutside::tell(const OutsideRecord& record, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!told_.insert(record.name).second) return;
  }
  events_.emit(RunNoted{.is_warning = true,
                        .text = '`' + record.name + "` (" + record.kind + " at " + record.place + ") " + std::string(state_text(record.state)) +
                                " by run " + record.run + " for step `" + record.step + "`, " + why,
                        .hint = "nobody takes it over: end it there, and say `sdlrun clean --outside " + record.name + "`"});
}

Result<void> OpenOutside::settle_finished(Files& files, const std::filesystem::path& state_folder) {
  std::vector<OutsideRecord> finished = records_.open();
  std::erase_if(finished, [&](const OutsideRecord& record) {
    return record.state != OutsideState::succeeded || !state_.find_result(record.key);
  });
  if (finished.empty()) return {};
  if (auto synced = files.sync(state_folder); !synced) return synced;
  for (OutsideRecord& record : finished) {
    if (auto settled = records_.settle(std::move(record), "its result is recorded"); !settled) return settled;
  }
  return {};
}

}  // namespace sdlrun::engine
