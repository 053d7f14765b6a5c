#include "dsl/syntax/recovery.hpp"

#include <algorithm>
#include <vector>

#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/seen_token.hpp"

namespace sdlrun::dsl {

namespace {

/// Behind the string that begins here. One that is not closed ends with its line, so that the rest is still looked at.
std::size_t skip_string(std::string_view text, std::size_t begin) {
  const std::string_view rest = text.substr(begin);
  for (const std::string_view quotes : {"\"\"\"", "'''"}) {
    if (!rest.starts_with(quotes)) continue;
    const std::size_t close = text.find(quotes, begin + quotes.size());
    return close == std::string_view::npos ? std::min(text.find('\n', begin), text.size()) : close + quotes.size();
  }
  if (rest.front() == '\'') return begin + 1;
  std::size_t at = begin + 1;
  while (at < text.size() && text[at] != '\n' && text[at] != '"') at += text[at] == '\\' && text.substr(at + 1, 1) != "\n" ? 2 : 1;
  const bool closed = at < text.size() && text[at] == '"';
  return std::min(closed ? at + 1 : at, text.size());
}

/// Behind what cannot hold a brace or the begin of an item: a string or a comment; the offset itself elsewhere.
std::size_t skip_opaque(std::string_view text, std::size_t at) {
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  return text[at] == '"' || text[at] == '\'' ? skip_string(text, at) : at;
}

std::size_t indentation_at(std::string_view text, std::size_t offset) {
  const std::size_t line = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
  std::size_t end = line;
  while (end < offset && is_blank(text[end])) ++end;
  return end - line;
}

/// What a broken item's text is searched for, and how far the search has come.
struct Search {
  std::string_view text;
  std::size_t item_begin;
  std::size_t item_indentation;
  bool in_body;
  int depth;  // of open braces
};

/// A line that begins an item; or one that stands as far right as the broken item with all its braces closed, so that a
/// misspelt keyword in it is found too.
bool resumes_here(const Search& search, std::size_t at) {
  if (at <= search.item_begin || !is_name_start(search.text[at]) || !begins_line(search.text, at)) return false;
  if (begins_item(search.text, at)) return search.in_body || is_declaration_keyword(word_at(search.text, at));
  return search.in_body && search.depth == 0 && indentation_at(search.text, at) == search.item_indentation;
}

/// An item behind a `}` shows that this one does not close the body.
bool item_follows(std::string_view text, std::size_t close) {
  const std::uint32_t next = skip_gap(text, static_cast<std::uint32_t>(close + 1));
  return begins_item(text, next) && is_item_keyword(word_at(text, next));
}

}  // namespace

Resumption next_line_to_resume(std::string_view text, std::uint32_t begin, const SyntaxFailure& failure, bool in_body) {
  Search search{.text = text, .item_begin = begin, .item_indentation = indentation_at(text, begin), .in_body = in_body, .depth = failure.open_braces};
  std::size_t at = failure.resume_from;
  while (at < text.size() && !resumes_here(search, at)) {
    const std::size_t behind = skip_opaque(text, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    if (text[at] == '{') ++search.depth;
    if (text[at] == '}' && in_body && --search.depth < 0) {
      if (at > begin && !item_follows(text, at)) break;
      search.depth = 0;
    }
    ++at;
  }
  at = std::min(std::max<std::size_t>(at, begin + 1), text.size());
  return {.offset = static_cast<std::uint32_t>(at), .lost = at == text.size() && search.depth > 0};
}

std::optional<std::uint32_t> brace_to_resume(std::string_view text, std::uint32_t resume_from) {
  for (std::size_t at = resume_from; at < text.size() && text[at] != '\n';) {
    if (text[at] == '{') return static_cast<std::uint32_t>(at);
    const std::size_t behind = skip_opaque(text, at);
    at = behind == at ? at + 1 : behind;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> suspected_open_brace(std::string_view text, std::uint32_t begin) {
  std::vector<std::size_t> open;
  for (std::size_t at = begin; at < text.size();) {
    const std::size_t behind = skip_opaque(text, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    if (text[at] == '{') open.push_back(at);
    if (text[at] == '}' && !open.empty()) {
      if (begins_line(text, at) && indentation_at(text, at) < indentation_at(text, open.back())) {
        return static_cast<std::uint32_t>(open.back());
      }
      open.pop_back();
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace sdlrun::dsl
