#include "cli/terminal/text_width.hpp"

#include <algorithm>

#include "cli/terminal/utf8.hpp"
#include "dsl/diagnostics/display_text.hpp"
#include "engine/process/escape_sequence.hpp"

namespace sdlrun::cli {

namespace {

using engine::escape;

/// One without an end takes the rest of the text.
std::size_t escape_length(std::string_view text) { return engine::escape_sequence_length(text).value_or(text.size()); }

/// What follows the last carriage return that has something behind it.
std::string_view last_version(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const std::size_t overwritten = line.rfind('\r');
  return overwritten == std::string_view::npos ? line : line.substr(overwritten + 1);
}

void add_wrapped(std::string_view line, std::size_t width, std::vector<std::string>& lines) {
  std::string current;
  while (!line.empty()) {
    const std::size_t blank = std::min(line.find(' ', 1), line.size());
    const std::string_view word = line.substr(0, blank);
    if (!current.empty() && display_width(current) + display_width(word) > width) {
      lines.push_back(std::move(current));
      current = word.substr(word.starts_with(' ') ? 1 : 0);
    } else {
      current += word;
    }
    line.remove_prefix(blank);
  }
  lines.push_back(std::move(current));
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (text.front() == escape) {
      text.remove_prefix(escape_length(text));
      continue;
    }
    const Utf8Character character = first_character(text);
    width += character.valid ? character_width(character.code_point) : 1;
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width, const Style& style) {
  if (display_width(text) <= width) return std::string(text);
  const std::size_t dots = display_width(style.ellipsis());
  if (width < dots) return std::string(width, '.');
  std::string result;
  bool painted = false;
  for (std::size_t used = 0; !text.empty();) {
    if (text.front() == escape) {
      const std::size_t length = escape_length(text);
      painted = text.substr(0, length) != "\033[0m";
      result += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    const Utf8Character character = first_character(text);
    used += character.valid ? character_width(character.code_point) : 1;
    if (used > width - dots) break;
    result += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return result + std::string(style.ellipsis()) + (painted ? "\033[0m" : "");
}

std::string shown_text(std::string_view text, const Style& style) {
  std::string result;
  while (!text.empty()) {
    const std::size_t colour = style.colour_length(text);
    if (colour > 0) {
      result += text.substr(0, colour);
      text.remove_prefix(colour);
      continue;
    }
    const std::size_t end = std::min(text.find(escape, 1), text.size());
    result += dsl::display_text(text.substr(0, end));
    text.remove_prefix(end);
  }
  return result;
}

std::string shown_line(std::string_view line, const Style& style) {
  constexpr std::string_view picture = "\u240A";
  std::string result = shown_text(line, style);
  for (std::size_t at = result.find('\n'); at != std::string::npos; at = result.find('\n', at)) result.replace(at, 1, picture);
  return result;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    add_wrapped(text.substr(0, end), width, lines);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string clean_line(std::string_view line) {
  std::string result;
  line = last_version(line);
  while (!line.empty()) {
    if (line.front() == escape) {
      line.remove_prefix(escape_length(line));
      continue;
    }
    const Utf8Character character = first_character(line);
    if (!character.valid) {
      result += '?';
    } else if (character.code_point == '\t') {
      result += "  ";
    } else if (character_width(character.code_point) > 0 || character.code_point >= 0xA0) {
      result += line.substr(0, character.bytes);
    }
    line.remove_prefix(character.bytes);
  }
  return result;
}

std::string clean_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += clean_line(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace sdlrun::cli
