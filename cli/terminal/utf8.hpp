// UTF-8 one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sdlrun::cli {

struct Utf8Character {
  char32_t code_point = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The character that begins the text, which must not be empty. One byte that begins none is not valid.
Utf8Character first_character(std::string_view text);

/// Columns that a character takes on a terminal: 0, 1 or 2.
std::size_t character_width(char32_t code_point);

}  // namespace sdlrun::cli
