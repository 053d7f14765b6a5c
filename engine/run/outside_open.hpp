// What earlier runs have left beyond this machine, as one run sees it: who of its steps takes it over is their own affair
// (engine/run/outside_step.hpp); what nobody takes over is told, and never removed without being asked.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/outside/outside_records.hpp"
#include "engine/run/events.hpp"

namespace sdlrun::engine {

/// Thread-safe.
class OpenOutside {
 public:
  /// Before this run has begun. Removes what killed engines have left of their writes.
  OpenOutside(OutsideRecords records, const dsl::Pipeline& pipeline, State& state, Files& files, Events& events);

  /// Warns of what was left by steps that the pipeline no longer has.
  void tell_of_lost_steps();
  /// Warns of what the step has left under other keys than this one.
  void tell_of_other_keys(const std::string& step, const std::string& outside_key);
  /// Settles what has done its work and whose step's result is recorded. First brings all that was written to the disk: a
  /// result that the end of the machine takes back is to be found outside again.
  Result<void> settle_finished(Files& files, const std::filesystem::path& state_folder);

 private:
  void tell(const OutsideRecord& record, const std::string& why);

  OutsideRecords records_;
  const dsl::Pipeline& pipeline_;
  State& state_;
  Events& events_;
  std::mutex mutex_;
  std::vector<OutsideRecord> left_;  // by runs of this pipeline that have ended
  std::set<std::string> told_;
};

}  // namespace sdlrun::engine
