#include "engine/process/encoded_byte.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "dsl/source/utf8.hpp"

namespace sdlrun::engine {

namespace {

std::optional<char32_t> whole_number(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return problem == std::errc() && end == digits.data() + digits.size() ? std::optional(static_cast<char32_t>(value)) : std::nullopt;
}

bool is_hexadecimal(std::string_view digits, std::size_t count, char byte) {
  return digits.size() >= count && whole_number(digits.substr(0, count), 16) == static_cast<unsigned char>(byte);
}

/// `\u00e9`, or two such above U+FFFF.
std::size_t escaped_character_length(std::string_view text, char32_t code) {
  const auto unit_at = [&](std::size_t place) {
    return text.size() >= place + 6 && text.substr(place, 2) == "\\u" ? whole_number(text.substr(place + 2, 4), 16) : std::nullopt;
  };
  if (code < 0x10000) return unit_at(0) == code ? 6 : 0;
  const char32_t above = code - 0x10000;
  return unit_at(0) == 0xD800 + (above >> 10U) && unit_at(6) == 0xDC00 + (above & 0x3FFU) ? 12 : 0;
}

/// `&#233;` or `&#xe9;`.
std::size_t numbered_entity_length(std::string_view text, char32_t code) {
  const std::size_t end = text.substr(0, longest_encoded).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return 0;
  const std::string_view digits = text.substr(2, end - 2);
  const bool has_x = digits.starts_with('x') || digits.starts_with('X');
  return whole_number(digits.substr(has_x ? 1 : 0), has_x ? 16 : 10) == code ? end + 1 : 0;
}

std::size_t first_that_begins(std::string_view text, std::initializer_list<std::string_view> candidates) {
  for (const std::string_view candidate : candidates) {
    if (text.starts_with(candidate)) return candidate.size();
  }
  return 0;
}

std::size_t escaped_length(std::string_view text, char byte) {
  if (text.size() < 2) return 0;
  if (text[1] == 'u') return is_hexadecimal(text.substr(2), 4, byte) && static_cast<unsigned char>(byte) < 0x80 ? 6 : 0;
  constexpr std::array<std::string_view, 5> letters = {"\nn", "\tt", "\rr", "\bb", "\ff"};
  for (const std::string_view letter : letters) {
    if (byte == letter[0]) return text[1] == letter[1] ? 2 : 0;
  }
  constexpr std::string_view escaped_by_themselves = "\"\\/'$`";
  return text[1] == byte && escaped_by_themselves.find(byte) != std::string_view::npos ? 2 : 0;
}

std::size_t entity_length(std::string_view text, char byte) {
  switch (byte) {
    case '&': return first_that_begins(text, {"&amp;", "&#38;", "&#x26;"});
    case '<': return first_that_begins(text, {"&lt;", "&#60;", "&#x3c;", "&#x3C;"});
    case '>': return first_that_begins(text, {"&gt;", "&#62;", "&#x3e;", "&#x3E;"});
    case '"': return first_that_begins(text, {"&quot;", "&#34;", "&#x22;"});
    case '\'': return first_that_begins(text, {"&apos;", "&#39;", "&#x27;"});
    default: return 0;
  }
}

std::size_t encoded_byte_length(std::string_view text, char byte) {
  switch (text.front()) {
    case '%': return is_hexadecimal(text.substr(1), 2, byte) ? 3 : 0;
    case '+': return byte == ' ' ? 1 : 0;
    case '\\': return escaped_length(text, byte);
    case '&': return entity_length(text, byte);
    default: return 0;
  }
}

}  // namespace

Encoded encoded_beginning(std::string_view text, std::string_view plain) {
  if (text.empty()) return {};
  if (const std::size_t length = encoded_byte_length(text, plain.front()); length > 0) return {length, 1};
  const std::size_t character = dsl::utf8_length(plain, 0);
  if (character < 2) return {};  // a byte alone, or no UTF-8
  const char32_t code = dsl::utf8_code(plain.substr(0, character));
  const std::size_t length = text.front() == '\\' ? escaped_character_length(text, code) : numbered_entity_length(text, code);
  return length > 0 ? Encoded{length, character} : Encoded{};
}

}  // namespace sdlrun::engine
