// What a seed has shown: what was violated, and the trace that leads there.
#pragma once

#include <string>
#include <vector>

#include "engine/world/fake/fake_clock.hpp"

namespace sdlrun::simulation {

class Findings {
 public:
  void violated(const std::string& what) {
    note("VIOLATED: " + what);
    violations_.push_back(what);
  }
  void note(const std::string& line) {
    trace_ += line + '\n';
    story_ += line + '\n';
  }
  /// For the trace alone: has names that engines choose by chance.
  void add_detail(const std::string& line) { trace_ += "  " + line + '\n'; }
  void note(const engine::FakeClock& clock, const std::string& line) {
    note(std::to_string(std::chrono::duration_cast<engine::Milliseconds>(clock.monotonic()).count()) + "ms " + line);
  }

  const std::vector<std::string>& violations() const { return violations_; }
  const std::string& trace() const { return trace_; }
  /// The trace without details: the same seed gives the same.
  const std::string& story() const { return story_; }

 private:
  std::vector<std::string> violations_;
  std::string trace_;
  std::string story_;
};

}  // namespace sdlrun::simulation
