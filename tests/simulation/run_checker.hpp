// Watches the events of one run for what must never happen.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/run/event.hpp"
#include "expectation.hpp"
#include "findings.hpp"

namespace sdlrun::simulation {

/// Contents whose result was recorded, in whatever life of the engine: they are never made again.
using Recorded = std::set<std::string>;

class RunChecker {
 public:
  RunChecker(const Scenario& scenario, const Life& life, const dsl::Pipeline& pipeline, Recorded& recorded, Findings& findings);

  void see(const engine::Event& event);
  /// Once the run has returned.
  void check_end(bool disk_was_faulty) const;
  /// By the scenario's steps; nothing where none has come.
  const std::vector<std::optional<engine::StepOutcome>>& outcomes() const { return outcomes_; }

 private:
  enum class State { waiting, running, resting, ended };

  void see(const engine::RunStarted&) {}
  void see(const engine::StepsAdded& event);
  void see(const engine::StepStarted& event);
  void see(const engine::StepRetried& event);
  void see(const engine::StepProgressed& event);
  void see(const engine::StepPrinted&) {}
  void see(const engine::RunNoted&) {}
  void see(const engine::RunEstimated&) {}
  void see(const engine::StepFinished& event);
  void see(const engine::RequirementDecided& event);
  void see(const engine::OutputPublished&) {}
  void see(const engine::RunFinished& event);

  void begin(dsl::NodeId node);
  void leave(dsl::NodeId node);
  void check_value(const engine::StepFinished& event, const Expected& expected) const;
  bool dependencies_are_good(dsl::NodeId node) const;
  const Step& step(dsl::NodeId node) const { return scenario_.steps[scenario_index(pipeline_[node].name)]; }
  static std::size_t scenario_index(const std::string& name) { return std::stoull(name.substr(1)); }
  State& state(dsl::NodeId node) { return states_[static_cast<std::uint32_t>(node)]; }

  const Scenario& scenario_;
  const Life& life_;
  const dsl::Pipeline& pipeline_;
  Recorded& recorded_;
  Findings& findings_;
  std::vector<Expected> expected_;
  std::vector<State> states_;       // by node
  std::vector<bool> is_good_;       // by node
  std::vector<std::int64_t> tries_;  // by node
  std::vector<std::optional<engine::StepOutcome>> outcomes_;
  bool has_failed_ = false;
  bool is_over_ = false;
};

}  // namespace sdlrun::simulation
