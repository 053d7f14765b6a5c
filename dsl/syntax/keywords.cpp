#include "dsl/syntax/keywords.hpp"

#include <algorithm>
#include <array>

#include "dsl/syntax/parser.hpp"

namespace sdlrun::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::array other_keywords = {"outputs"sv, "with"sv, "match"sv, "if"sv,  "then"sv, "else"sv, "for"sv, "in"sv,
                                       "as"sv,      "and"sv,  "or"sv,    "not"sv, "true"sv, "false"sv, "none"sv};

/// Most words differ in the first letter: asked of every name, a comparison of whole texts is too much.
template <typename Words>
bool has_word(const Words& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view one) { return one[0] == word[0] && one == word; });
}

std::size_t skip_blanks(std::string_view text, std::size_t offset) {
  while (offset < text.size() && is_blank(text[offset])) ++offset;
  return offset;
}

}  // namespace

const std::vector<std::string_view>& item_keywords() {
  static const std::vector words = {"step"sv, "param"sv, "let"sv, "output"sv, "input"sv, "require"sv, "secret"sv, "pool"sv};
  return words;
}

const std::vector<std::string_view>& declaration_keywords() {
  static const std::vector words = {"pipeline"sv, "stage"sv, "type"sv, "use"sv};
  return words;
}

bool is_item_keyword(std::string_view word) {
  return word.size() >= 3 && word.size() <= 7 && has_word(item_keywords(), word);
}

bool is_declaration_keyword(std::string_view word) {
  return word.size() >= 3 && word.size() <= 8 && has_word(declaration_keywords(), word);
}

bool is_keyword(std::string_view word) {
  if (word.size() < 2 || word.size() > 8) return false;
  return has_word(other_keywords, word) ||
         is_item_keyword(word) || is_declaration_keyword(word);
}

std::string_view word_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size() || !is_name_start(text[offset])) return {};
  std::size_t end = offset + 1;
  while (end < text.size() && is_name_byte(text[end])) ++end;
  return text.substr(offset, end - offset);
}

bool begins_item(std::string_view text, std::size_t offset) {
  const std::string_view keyword = word_at(text, offset);
  if (!is_item_keyword(keyword) && !is_declaration_keyword(keyword)) return false;
  const std::size_t next = skip_blanks(text, offset + keyword.size());
  if (next >= text.size()) return false;
  if (keyword == "use") return text[next] == '"';
  if (keyword == "require") return std::string_view("=:,}]).\n").find(text[next]) == std::string_view::npos;
  return is_name_start(text[next]);
}

}  // namespace sdlrun::dsl
