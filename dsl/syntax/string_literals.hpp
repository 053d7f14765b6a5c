// What a string literal means: escapes, and the indentation that multi-line strings lose.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

/// The text of an escape, given what stands behind the backslash (`n`, `u{e9}`); empty where it stands for no character
/// that a string can hold (NUL, half of a surrogate pair, above U+10FFFF).
std::string escape_text(std::string_view escape);

/// The blanks that begin every line of a multi-line string, but for its first line and blank ones. Each segment is raw
/// source text; between two segments stands something that is not blank (an escape, an interpolation).
std::string_view common_indentation(const std::vector<std::string_view>& segments);

struct SegmentPlace {
  bool first = false;  // it begins right behind the opening quotes
  bool last = false;   // it ends right before the closing ones
};

/// A segment without the indentation. A first line of blanks is dropped with its new line, blanks before the closing
/// quotes are dropped, lines of blanks become empty, and `\r\n` becomes `\n`.
std::string without_indentation(std::string_view segment, std::string_view indentation, SegmentPlace place);

}  // namespace sdlrun::dsl
