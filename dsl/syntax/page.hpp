// The formatter's paper: lines, indentation, comments at their places, and the choice between one line and several.
// Knows the source text and its comments, and nothing of the tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

class Page {
 public:
  static constexpr std::size_t widest_line = 100;

  Page(std::string_view source, const std::vector<Comment>& comments) : source_(source), comments_(comments) {}

  std::string_view source() const { return source_; }
  std::string_view source(Span span) const { return source_.substr(span.begin, span.end - span.begin); }

  void write(std::string_view text) { text_ += text; }
  /// A line break inside of something, indented as far as the page is now.
  void break_line();
  /// A line of its own for what stands at the offset of the source: first the comments before it, each on its line; a
  /// blank line where the source has one. `doc_lines` of the comments are the doc of what comes.
  void begin_line(std::uint32_t offset, std::size_t doc_lines = 0);
  /// The comment that stands behind what ends at the offset, if any.
  void end_line(std::uint32_t offset);
  /// Own lines for the comments before the offset: those before a closing brace, or at the end of the text.
  void flush_comments(std::uint32_t offset);
  /// For text that is copied with the comments in it.
  void skip_comments(std::uint32_t offset);
  bool has_comment_between(std::uint32_t begin, std::uint32_t end) const;

  /// Indents what is written as long as it lives.
  class Indent {
   public:
    explicit Indent(Page& page) : page_(page) { ++page_.depth_; }
    ~Indent() { --page_.depth_; }
    Indent(const Indent&) = delete;
    Indent& operator=(const Indent&) = delete;

   private:
    Page& page_;
  };

  /// Writes on the current line if it fits and nothing in it must break; else leaves no trace and returns false.
  template <typename Print>
  bool on_one_line(const Print& print);
  /// True while on_one_line tries.
  bool flat() const { return flat_; }
  /// Said by what cannot stand on one line.
  void must_break() { broken_ = true; }
  /// True once an attempt is lost: what is left of it need not be written.
  bool hopeless() const { return flat_ && (broken_ || line_bytes() > 4 * widest_line); }

  std::size_t indentation() const { return 2 * depth_; }
  std::string take() { return std::move(text_); }

 private:
  std::size_t line_bytes() const;
  bool line_fits() const;
  bool blank_line_before(std::uint32_t offset) const;
  void new_line(std::uint32_t offset);
  void write_comment(const Comment& comment);

  std::string_view source_;
  const std::vector<Comment>& comments_;
  std::string text_;
  std::size_t next_comment_ = 0;
  std::size_t depth_ = 0;
  bool flat_ = false;
  bool broken_ = false;
};

template <typename Print>
bool Page::on_one_line(const Print& print) {
  if (flat_) {
    print();
    return true;
  }
  const std::size_t length = text_.size();
  const std::size_t comment = next_comment_;
  flat_ = true;
  broken_ = false;
  print();
  flat_ = false;
  if (!broken_ && line_fits()) return true;
  text_.resize(length);
  next_comment_ = comment;
  return false;
}

}  // namespace sdlrun::dsl
