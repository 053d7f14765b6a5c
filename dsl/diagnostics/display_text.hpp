// Text made fit to be shown: every character in a known number of terminal columns, and none that does harm there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

/// One character as shown.
struct DisplayCell {
  std::string text;
  std::size_t begin = 0;  // byte offset in the original
  std::size_t columns = 1;
};

/// The cells of one line. Tabs become blanks; control characters, bytes that are not UTF-8 and marks that change the
/// direction of writing become visible signs.
std::vector<DisplayCell> display_cells(std::string_view line);

/// The same for a text of several lines, such as a message; new lines stay.
std::string display_text(std::string_view text);

}  // namespace sdlrun::dsl
