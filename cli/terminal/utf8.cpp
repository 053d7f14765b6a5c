#include "cli/terminal/utf8.hpp"

#include <algorithm>
#include <array>

namespace sdlrun::cli {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// wcwidth() would ask the program's locale, which is global; these ranges are what terminals agree on.
constexpr std::array<Range, 11> no_width = {{{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                             {0x0E34, 0x0E3A}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F}, {0x202A, 0x202E},
                                             {0x2060, 0x2064}, {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 12> two_columns = {{{0x1100, 0x115F}, {0x231A, 0x231B}, {0x23E9, 0x23EC}, {0x2E80, 0x303E},
                                                {0x3041, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};

template <std::size_t Count>
bool contains(const std::array<Range, Count>& ranges, char32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code_point >= range.first && code_point <= range.last; });
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {.code_point = lead, .bytes = 1, .valid = true};
  auto code_point = static_cast<char32_t>(lead & (0x7FU >> length));
  for (std::size_t index = 1; index < length; ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if ((byte & 0xC0U) != 0x80U) return {};
    code_point = (code_point << 6U) | (byte & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest[length] || surrogate || code_point > 0x10FFFF) return {};
  return {.code_point = code_point, .bytes = length, .valid = true};
}

std::size_t character_width(char32_t code_point) {
  if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) return 0;
  if (code_point < 0x300) return 1;
  if (contains(no_width, code_point)) return 0;
  return contains(two_columns, code_point) ? 2 : 1;
}

}  // namespace sdlrun::cli
