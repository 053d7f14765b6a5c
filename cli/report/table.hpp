// Text in columns.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal/style.hpp"

namespace sdlrun::cli {

struct Table {
  std::vector<std::string> heads;  // may be empty: then there is no line of them
  std::vector<std::vector<std::string>> rows;
};

/// Each column as wide as its widest cell, but for the last; lines are cut to `columns` and have no blanks at the end.
std::string table_text(Table table, const Style& style, std::size_t columns);

}  // namespace sdlrun::cli
