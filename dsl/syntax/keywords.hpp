// The reserved words. Words that only mean something in one place (`version`, `by`, `at`, `stdout`, `matching`, `enum`)
// are not among them: they stay free as names.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

bool is_keyword(std::string_view word);

/// `param`, `step`, …: what begins an item in the body of a pipeline or stage.
bool is_item_keyword(std::string_view word);
/// `use`, `type`, `stage`, `pipeline`: what begins a declaration of a file.
bool is_declaration_keyword(std::string_view word);

const std::vector<std::string_view>& item_keywords();
const std::vector<std::string_view>& declaration_keywords();

constexpr bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
constexpr bool is_name_start(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}
constexpr bool is_name_byte(char byte) { return is_name_start(byte) || is_digit(byte); }
constexpr bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

/// The word (letters, digits, `_`) that begins at the offset; empty where there is none.
std::string_view word_at(std::string_view text, std::size_t offset);

/// True if an item or declaration begins here: a keyword, then what can only follow that keyword. `step = 1`, an entry
/// that happens to be called `step`, is none.
bool begins_item(std::string_view text, std::size_t offset);

}  // namespace sdlrun::dsl
