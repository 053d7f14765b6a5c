// What stands at a place where the grammar stopped, for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sdlrun::dsl {

enum class TokenKind { word, number, quote, symbol, other, line_end, file_end };

struct SeenToken {
  TokenKind kind = TokenKind::file_end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string_view text;
};

SeenToken token_at(std::string_view text, std::uint32_t offset);

/// "`foo`", "a string", "the end of the line".
std::string described(const SeenToken& token);

/// True if nothing but blanks stands before the offset in its line.
bool begins_line(std::string_view text, std::size_t offset);

/// The first offset from here on that is neither blank, new line nor comment.
std::uint32_t skip_gap(std::string_view text, std::uint32_t offset);

/// True if a value can begin with this token.
bool begins_value(const SeenToken& token);

}  // namespace sdlrun::dsl
