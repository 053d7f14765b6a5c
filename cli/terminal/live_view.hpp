// A run on a terminal: lines that stay, and below them a block about what is running, redrawn in place.
#pragma once

#include <functional>
#include <iosfwd>
#include <mutex>
#include <string>
#include <vector>

#include "cli/report/run_report.hpp"
#include "cli/terminal/run_view.hpp"
#include "cli/terminal/running_steps.hpp"

namespace sdlrun::cli {

/// Hides the cursor while it lives. Should the process die before, whoever waits for it shows the cursor again:
/// see show_cursor.
class LiveView : public RunView {
 public:
  struct Setting {
    std::function<WindowSize()> window;
    std::function<engine::Milliseconds()> now;
  };
  LiveView(std::ostream& stream, RunReportOptions options, Setting setting);
  ~LiveView() override;

  /// Remembered, and shown by the next redraw(), so that a thousand events cost no more than one.
  void show(const engine::Event& event) override;
  void note(std::string_view text) override;
  void redraw();

 private:
  std::string erase_block(WindowSize window);

  std::mutex mutex_;
  std::ostream& stream_;
  Style style_;
  RunReport report_;
  RunningSteps running_;
  Setting setting_;
  std::string lasting_;             // lines not shown yet
  std::vector<std::string> block_;  // as it stands on the screen
};

constexpr std::string_view hide_cursor = "\033[?25l";
constexpr std::string_view show_cursor = "\033[?25h";

}  // namespace sdlrun::cli
