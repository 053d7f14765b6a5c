// Who looks at a run: a terminal, a file of plain lines, or a program that reads JSON.
#pragma once

#include <string_view>

#include "engine/run/event.hpp"

namespace sdlrun::cli {

/// Thread-safe. What it shows is complete when it is destroyed.
class RunView {
 public:
  virtual ~RunView() = default;
  virtual void show(const engine::Event& event) = 0;
  /// A word of the program itself, such as "stopping".
  virtual void note(std::string_view text) = 0;
};

}  // namespace sdlrun::cli
