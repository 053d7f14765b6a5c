// Who looks at a run, chosen by where the output goes and what was asked for.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "cli/console.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/run_choices.hpp"
#include "cli/terminal/run_view.hpp"
#include "cli/terminal/ticker.hpp"
#include "engine/simulate/remaining_time.hpp"

namespace sdlrun::cli {

/// For a run whose pipeline was not read: no step of it is ever told of.
std::unique_ptr<RunView> view_of_unchanged_run(Console& console, const RunChoices& choices);

/// A view, what redraws it while it lives, and what tells it how much longer the run takes.
class RunViewInUse {
 public:
  RunViewInUse(Console& console, const OpenedPipeline& opened, const RunChoices& choices, engine::State& state, engine::Files& files);
  void show(const engine::Event& event);
  void note(std::string_view text) { view_->note(text); }

 private:
  void estimate();

  std::unique_ptr<RunView> view_;
  engine::RemainingTime remaining_;
  std::atomic<bool> has_moved_ = false;  // since the last estimate
  std::optional<Ticker> ticker_;  // declared last: it ends before the view does
};

}  // namespace sdlrun::cli
