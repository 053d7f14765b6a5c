#include "dsl/syntax/page.hpp"

#include <algorithm>

#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

namespace {

bool is_doc(std::string_view comment) { return comment.starts_with("##"); }

}  // namespace

std::size_t Page::line_bytes() const {
  const std::size_t line = text_.rfind('\n');
  return line == std::string::npos ? text_.size() : text_.size() - line - 1;
}

bool Page::line_fits() const {
  const std::string_view line = std::string_view(text_).substr(text_.size() - line_bytes());
  const auto columns = std::count_if(line.begin(), line.end(),
                                     [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
  return static_cast<std::size_t>(columns) <= widest_line;
}

void Page::break_line() {
  text_ += '\n';
  text_.append(indentation(), ' ');
}

/// True if the line above the offset's own is blank.
bool Page::blank_line_before(std::uint32_t offset) const {
  int lines = 0;
  while (offset > 0 && lines < 2 && (is_blank(source_[offset - 1]) || source_[offset - 1] == '\n')) {
    if (source_[--offset] == '\n') ++lines;
  }
  return lines >= 2;
}

void Page::new_line(std::uint32_t offset) {
  if (text_.empty()) return;
  const bool behind_opening = text_.ends_with('{') || text_.ends_with('[') || text_.ends_with('(');
  if (blank_line_before(offset) && !behind_opening) text_ += '\n';
  break_line();
}

void Page::write_comment(const Comment& comment) {
  new_line(comment.span.begin);
  text_ += source(comment.span);
}

void Page::begin_line(std::uint32_t offset, std::size_t doc_lines) {
  const auto behind = std::lower_bound(comments_.begin(), comments_.end(), offset,
                                       [](const Comment& comment, std::uint32_t at) { return comment.span.begin < at; });
  const auto last = static_cast<std::size_t>(behind - comments_.begin());
  const std::size_t first_doc = last - std::min(last - std::min(last, next_comment_), doc_lines);
  bool doc_above = false;  // a `##` that belongs to nothing must not come to belong to what follows
  for (; next_comment_ < last; ++next_comment_) {
    if (next_comment_ == first_doc && doc_above && !blank_line_before(comments_[next_comment_].span.begin)) text_ += '\n';
    write_comment(comments_[next_comment_]);
    doc_above = is_doc(source(comments_[next_comment_].span));
  }
  if (doc_above && doc_lines == 0 && !blank_line_before(offset)) text_ += '\n';
  new_line(offset);
}

void Page::end_line(std::uint32_t offset) {
  if (next_comment_ >= comments_.size()) return;
  const Comment& comment = comments_[next_comment_];
  if (comment.span.begin > offset) {
    const std::string_view between = source_.substr(offset, comment.span.begin - offset);
    if (between.find('\n') != std::string_view::npos) return;
  }
  ++next_comment_;
  text_ += "  ";
  text_ += source(comment.span);
}

void Page::flush_comments(std::uint32_t offset) {
  while (next_comment_ < comments_.size() && comments_[next_comment_].span.begin < offset) {
    write_comment(comments_[next_comment_++]);
  }
}

void Page::skip_comments(std::uint32_t offset) {
  while (next_comment_ < comments_.size() && comments_[next_comment_].span.begin < offset) ++next_comment_;
}

bool Page::has_comment_between(std::uint32_t begin, std::uint32_t end) const {
  const auto found = std::lower_bound(comments_.begin(), comments_.end(), begin,
                                      [](const Comment& comment, std::uint32_t at) { return comment.span.begin < at; });
  return found != comments_.end() && found->span.begin < end;
}

}  // namespace sdlrun::dsl
