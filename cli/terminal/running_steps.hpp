// What the terminal shows of a run while it runs: a line for each running step and one for all of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/terminal/style.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::cli {

/// What is known of a run's present from its events. Moments are the caller's, from any fixed one on.
class RunningSteps {
 public:
  void take(const engine::Event& event, engine::Milliseconds now);

  /// No line is wider than the window, and there are fewer lines than it has rows. Empty before the run has begun and
  /// after it has ended.
  std::vector<std::string> lines(engine::Milliseconds now, WindowSize window, const Style& style) const;

 private:
  struct Step {
    dsl::NodeId node;
    std::string name;
    engine::Milliseconds started{0};
    std::string progress;
    std::string last_line;
  };

  void take_kind(const engine::RunStarted& event, engine::Milliseconds now);
  void take_kind(const engine::StepsAdded& event, engine::Milliseconds now);
  void take_kind(const engine::StepStarted& event, engine::Milliseconds now);
  void take_kind(const engine::StepRetried& event, engine::Milliseconds now);
  void take_kind(const engine::StepProgressed& event, engine::Milliseconds now);
  void take_kind(const engine::StepPrinted& event, engine::Milliseconds now);
  void take_kind(const engine::StepFinished& event, engine::Milliseconds now);
  void take_kind(const engine::RunFinished&, engine::Milliseconds) { running_ = false; }
  void take_kind(const engine::RequirementDecided&, engine::Milliseconds) {}
  void take_kind(const engine::OutputPublished&, engine::Milliseconds) {}
  void take_kind(const engine::RunNoted&, engine::Milliseconds) {}
  void take_kind(const engine::RunEstimated& event, engine::Milliseconds) { estimate_ = event; }
  Step* find(dsl::NodeId node);
  std::string left_text() const;
  std::string summary(engine::Milliseconds now, const Style& style) const;

  bool running_ = false;
  engine::Milliseconds started_{0};
  std::size_t steps_in_all_ = 0;
  std::size_t finished_ = 0;
  std::optional<engine::RunEstimated> estimate_;
  std::vector<Step> steps_;  // in the order they started
};

}  // namespace sdlrun::cli
