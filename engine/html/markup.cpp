#include "engine/html/markup.hpp"

#include <algorithm>

#include "dsl/source/utf8.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::string_view replacement = "\uFFFD";

/// U+2400 and what follows: pictures of the characters that XML 1.0 has no place for.
std::string picture(char32_t control) { return std::string("\xE2\x90") + static_cast<char>(0x80 + control); }

bool is_forbidden(char32_t code_point) {
  return (code_point >= 0x7F && code_point < 0xA0) || code_point == 0xFFFE || code_point == 0xFFFF;
}

void add_character(std::string& result, std::string_view bytes, char32_t code_point, bool in_attribute) {
  switch (code_point) {
    case U'&': result += "&amp;"; return;
    case U'<': result += "&lt;"; return;
    case U'>': result += "&gt;"; return;
    case U'"': result += "&quot;"; return;
    case U'\n': result += in_attribute ? "&#10;" : "\n"; return;
    case U'\t': result += in_attribute ? "&#9;" : "\t"; return;
    default: break;
  }
  if (code_point < 0x20) {
    result += picture(code_point);
  } else {
    result += is_forbidden(code_point) ? replacement : bytes;
  }
}

std::string escaped(std::string_view text, bool in_attribute) {
  std::string result;
  result.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const std::size_t bytes = dsl::utf8_length(text, 0);
    const bool ends_line = text.starts_with("\r\n");
    if (bytes == 0) {
      result += replacement;
    } else if (!ends_line) {
      const std::string_view character = text.substr(0, bytes);
      add_character(result, character, dsl::utf8_code(character), in_attribute);
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return result;
}

}  // namespace

Markup Markup::text(std::string_view text) { return Markup(escaped(text, false)); }

Markup Markup::verbatim(std::string_view markup) { return Markup(std::string(markup)); }

Markup Markup::element(std::string_view name, const Attributes& attributes, const Markup& content) {
  std::string result = '<' + std::string(name);
  for (const auto& [attribute, value] : attributes) {
    if (!value.empty()) result.append(" ").append(attribute).append("=\"").append(escaped(value, true)).append("\"");
  }
  result += '>';
  result += content.markup_;
  return Markup(result.append("</").append(name).append(">"));
}

Markup& Markup::operator+=(const Markup& more) {
  markup_ += more.markup_;
  return *this;
}

}  // namespace sdlrun::engine
