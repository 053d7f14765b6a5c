// A run as plain lines, for files and pipes.
#pragma once

#include <iosfwd>
#include <mutex>

#include "cli/report/run_report.hpp"
#include "cli/terminal/run_view.hpp"

namespace sdlrun::cli {

class PlainView : public RunView {
 public:
  PlainView(std::ostream& stream, RunReportOptions options) : stream_(stream), report_(std::move(options)) {}
  void show(const engine::Event& event) override;
  void note(std::string_view text) override;

 private:
  std::mutex mutex_;
  std::ostream& stream_;
  RunReport report_;
};

}  // namespace sdlrun::cli
