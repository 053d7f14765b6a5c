// The parts of two keys side by side, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "cli/report/json_text.hpp"
#include "cli/terminal/style.hpp"
#include "engine/cache/key.hpp"

namespace sdlrun::cli {

struct PartsTable {
  std::vector<engine::KeyPart> then;
  std::vector<engine::KeyPart> now;
  bool has_then = false;
  bool has_now = false;
};

/// With a mark at those that differ; long values are shown around the place where they do. Empty where there is nothing.
std::string parts_text(const PartsTable& table, const Style& style, std::size_t columns);
Json parts_json(const std::vector<engine::KeyPart>& then, const std::vector<engine::KeyPart>& now);

}  // namespace sdlrun::cli
