#include "dsl/syntax/string_literals.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

namespace {

std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  const auto tail = [&](unsigned shift) { return byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) return {byte(0xE0U | (code >> 12U)), tail(6), tail(0)};
  return {byte(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

std::string_view leading_blanks(std::string_view line) {
  const auto* const end = std::find_if_not(line.begin(), line.end(), is_blank);
  return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}

std::string_view common_prefix(std::string_view a, std::string_view b) {
  const auto [end, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return a.substr(0, static_cast<std::size_t>(end - a.begin()));
}

/// Appends one line of a segment, its new line included.
void append_line(std::string& result, std::string_view line, std::string_view indentation) {
  const bool ends = line.ends_with('\n');
  if (ends) line.remove_suffix(1);
  if (ends && line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with(indentation)) line.remove_prefix(indentation.size());
  const bool only_blanks = ends && leading_blanks(line).size() == line.size();
  if (!only_blanks) result += line;
  if (ends) result += '\n';
}

}  // namespace

std::string escape_text(std::string_view escape) {
  switch (escape.front()) {
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case 'u':
      break;
    default:
      return std::string(escape);
  }
  std::uint32_t code = 0;
  std::from_chars(escape.data() + 2, escape.data() + escape.size() - 1, code, 16);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code == 0 || surrogate || code > 0x10FFFF ? std::string() : utf8(code);
}

std::string_view common_indentation(const std::vector<std::string_view>& segments) {
  std::optional<std::string_view> common;
  for (std::size_t index = 0; index < segments.size(); ++index) {
    const std::string_view segment = segments[index];
    for (std::size_t at = segment.find('\n'); at != std::string_view::npos; at = segment.find('\n', at + 1)) {
      const std::string_view blanks = leading_blanks(segment.substr(at + 1));
      const std::size_t behind = at + 1 + blanks.size();
      const bool is_last = index + 1 == segments.size();
      const bool only_blanks = behind == segment.size() ? is_last : segment[behind] == '\n';
      if (!only_blanks) common = common ? common_prefix(*common, blanks) : blanks;
    }
  }
  return common.value_or(std::string_view());
}

std::string without_indentation(std::string_view segment, std::string_view indentation, SegmentPlace place) {
  if (place.first) {
    const std::size_t blanks = leading_blanks(segment).size();
    if (blanks < segment.size() && segment[blanks] == '\n') segment.remove_prefix(blanks + 1);
    else place.first = false;
  }
  bool at_line_begin = place.first;
  std::string result;
  while (!segment.empty()) {
    const std::size_t end = std::min(segment.find('\n'), segment.size() - 1) + 1;
    const std::string_view line = segment.substr(0, end);
    const bool closing_line = place.last && end == segment.size() && !line.ends_with('\n');
    if (!(closing_line && at_line_begin && leading_blanks(line).size() == line.size())) {
      append_line(result, line, at_line_begin ? indentation : std::string_view());
    }
    at_line_begin = true;
    segment.remove_prefix(end);
  }
  return result;
}

}  // namespace sdlrun::dsl
