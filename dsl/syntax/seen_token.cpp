#include "dsl/syntax/seen_token.hpp"

#include <algorithm>
#include <array>

#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

namespace {

using namespace std::string_view_literals;

/// Longer ones first; some are no symbols of ours, but what people write who come from elsewhere.
constexpr std::array symbols = {"==="sv, "=="sv, "=>"sv, "!="sv, "<="sv, ">="sv, "->"sv, "&&"sv, "||"sv, "//"sv,
                                "/*"sv,  "??"sv, ".."sv, "${"sv, "+="sv, ":="sv, "::"sv, "**"sv, "++"sv, "--"sv};

std::size_t symbol_length(std::string_view rest) {
  const auto* const found = std::find_if(symbols.begin(), symbols.end(), [&](auto s) { return rest.starts_with(s); });
  return found == symbols.end() ? 1 : found->size();
}

/// The bytes of one UTF-8 sequence, at least one.
std::size_t character_length(std::string_view rest) {
  std::size_t length = 1;
  while (length < rest.size() && length < 4 && (static_cast<unsigned char>(rest[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

std::size_t number_length(std::string_view rest) {
  const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_name_byte);
  return static_cast<std::size_t>(end - rest.begin());
}

struct Shape {
  TokenKind kind;
  std::size_t length;
};

Shape shape_of(std::string_view rest) {
  const char first = rest.front();
  if (first == '\n' || rest.starts_with("\r\n")) return {TokenKind::line_end, 0};
  if (is_name_start(first)) return {TokenKind::word, word_at(rest, 0).size()};
  if (is_digit(first)) return {TokenKind::number, number_length(rest)};
  if (first == '"' || rest.starts_with("'''")) return {TokenKind::quote, first == '"' && !rest.starts_with("\"\"\"") ? 1U : 3U};
  if (static_cast<unsigned char>(first) < 0x80) return {TokenKind::symbol, symbol_length(rest)};
  return {TokenKind::other, character_length(rest)};
}

}  // namespace

SeenToken token_at(std::string_view text, std::uint32_t offset) {
  if (offset >= text.size()) {
    const auto end = static_cast<std::uint32_t>(text.size());
    return {.kind = TokenKind::file_end, .begin = end, .end = end, .text = {}};
  }
  const auto [kind, length] = shape_of(text.substr(offset));
  return {.kind = kind,
          .begin = offset,
          .end = offset + static_cast<std::uint32_t>(length),
          .text = text.substr(offset, length)};
}

std::string described(const SeenToken& token) {
  constexpr std::size_t longest_shown = 40;
  switch (token.kind) {
    case TokenKind::file_end:
      return "the end of the file";
    case TokenKind::line_end:
      return "the end of the line";
    case TokenKind::quote:
      return "a string";
    default:
      if (token.text.size() <= longest_shown) return in_backticks(token.text);
      return in_backticks(std::string(token.text.substr(0, longest_shown)) + "…");
  }
}

bool begins_line(std::string_view text, std::size_t offset) {
  while (offset > 0 && is_blank(text[offset - 1])) --offset;
  return offset == 0 || text[offset - 1] == '\n';
}

std::uint32_t skip_gap(std::string_view text, std::uint32_t offset) {
  while (offset < text.size()) {
    if (text[offset] == '#') {
      offset = static_cast<std::uint32_t>(std::min(text.find('\n', offset), text.size()));
    } else if (is_blank(text[offset]) || text[offset] == '\n') {
      ++offset;
    } else {
      break;
    }
  }
  return offset;
}

bool begins_value(const SeenToken& token) {
  switch (token.kind) {
    case TokenKind::word:
      return !is_keyword(token.text) || token.text == "true" || token.text == "false" || token.text == "none" ||
             token.text == "not" || token.text == "match";
    case TokenKind::number:
    case TokenKind::quote:
      return true;
    case TokenKind::symbol:
      return token.text == "[" || token.text == "{" || token.text == "(" || token.text == "'";
    default:
      return false;
  }
}

}  // namespace sdlrun::dsl
