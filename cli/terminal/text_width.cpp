#include "cli/terminal/text_width.hpp"

#include <algorithm>

#include "cli/terminal/utf8.hpp"

namespace sdlrun::cli {

namespace {

constexpr char escape = '\033';

bool is_final_byte(char byte) { return byte >= '@' && byte <= '~'; }

/// The bytes of the escape sequence that begins the text: of colour (CSI), of a title or link (OSC), or of two bytes.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    const auto last = std::find_if(text.begin() + 2, text.end(), is_final_byte);
    return static_cast<std::size_t>(last - text.begin()) + (last == text.end() ? 0 : 1);
  }
  if (text[1] == ']') {
    const std::size_t bell = text.find('\a');
    const std::size_t terminator = text.find("\033\\");
    if (bell == std::string_view::npos && terminator == std::string_view::npos) return text.size();
    return bell < terminator ? bell + 1 : terminator + 2;
  }
  return 2;
}

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
