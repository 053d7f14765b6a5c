#include "dsl/diagnostics/display_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "dsl/source/utf8.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::size_t tab_columns = 4;
constexpr std::string_view replacement = "\uFFFD";

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Characters that stand on the one before them.
constexpr std::array combining = {Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x064B, 0x065F},
                                  Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200D, 0x200D}, Range{0x20D0, 0x20FF},
                                  Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0x1F3FB, 0x1F3FF}, Range{0xE0100, 0xE01EF}};

/// Characters that take two columns.
constexpr std::array wide = {Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},   Range{0x2614, 0x2615},
                             Range{0x2648, 0x2653},   Range{0x26A1, 0x26A1},   Range{0x2705, 0x2705},   Range{0x274C, 0x274E},
                             Range{0x2753, 0x2757},   Range{0x2B1B, 0x2B1C},   Range{0x2B50, 0x2B55},   Range{0x2E80, 0x303E},
                             Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
                             Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
                             Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF},
                             Range{0x1F7E0, 0x1F7EB}, Range{0x1F900, 0x1F9FF}, Range{0x1FA70, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

/// Controls beyond ASCII, and marks that hide text or turn its direction.
constexpr std::array harmful = {Range{0x80, 0x9F}, Range{0xAD, 0xAD}, Range{0x061C, 0x061C}, Range{0x200B, 0x200C},
                                Range{0x200E, 0x200F}, Range{0x2028, 0x202E}, Range{0x2060, 0x2069}, Range{0xFEFF, 0xFEFF},
                                Range{0xE0001, 0xE007F}};

template <std::size_t Count>
bool is_in(const std::array<Range, Count>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](Range range) { return code >= range.first && code <= range.last; });
}

DisplayCell control_cell(unsigned char byte, std::size_t at, std::size_t column) {
  if (byte == '\t') {
    const std::size_t columns = tab_columns - column % tab_columns;
    return {.text = std::string(columns, ' '), .begin = at, .columns = columns};
  }
  // U+2400 begins the pictures of the control characters; U+2421 is that of DEL.
  const auto picture = static_cast<char>(byte == 0x7F ? 0xA1 : 0x80 + byte);
  return {.text = {'\xE2', '\x90', picture}, .begin = at, .columns = 1};
}

DisplayCell next_cell(std::string_view line, std::size_t at, std::size_t column) {
  const auto byte = static_cast<unsigned char>(line[at]);
  if (byte < 0x20 || byte == 0x7F) return control_cell(byte, at, column);
  const std::size_t length = utf8_length(line, at);
  if (length == 0) return {.text = std::string(replacement), .begin = at, .columns = 1};
  const std::uint32_t code = utf8_code(line.substr(at, length));
  if (is_in(harmful, code)) return {.text = std::string(replacement), .begin = at, .columns = 1};
  const std::size_t columns = is_in(combining, code) ? 0 : is_in(wide, code) ? 2 : 1;
  return {.text = std::string(line.substr(at, length)), .begin = at, .columns = columns};
}

}  // namespace

std::vector<DisplayCell> display_cells(std::string_view line) {
  std::vector<DisplayCell> cells;
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size();) {
    cells.push_back(next_cell(line, at, column));
    column += cells.back().columns;
    at += std::max<std::size_t>(1, utf8_length(line, at));
  }
  return cells;
}

std::string display_text(std::string_view text) {
  const auto is_shown_as_it_is = [](char byte) { return (byte >= ' ' && byte <= '~') || byte == '\n'; };
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto plain_end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_shown_as_it_is);
    const auto end = static_cast<std::size_t>(plain_end - text.begin());
    result += text.substr(at, end - at);
    at = end;
    if (at == text.size()) break;
    result += next_cell(text, at, 0).text;
    at += std::max<std::size_t>(1, utf8_length(text, at));
  }
  return result;
}

}  // namespace sdlrun::dsl
