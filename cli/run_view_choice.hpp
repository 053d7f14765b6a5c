// Who looks at a run, chosen by where the output goes and what was asked for.
#pragma once

#include <memory>
#include <optional>

#include "cli/console.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/run_choices.hpp"
#include "cli/terminal/run_view.hpp"
#include "cli/terminal/ticker.hpp"

namespace sdlrun::cli {

/// A view, and what redraws it while it lives.
class RunViewInUse {
 public:
  RunViewInUse(Console& console, const OpenedPipeline& opened, const RunChoices& choices);
  RunView& view() { return *view_; }

 private:
  std::unique_ptr<RunView> view_;
  std::optional<Ticker> ticker_;  // declared last: it ends before the view does
};

}  // namespace sdlrun::cli
