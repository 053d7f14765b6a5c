// HTML and XML as a type of its own: what programs and people wrote gets into it by escaping only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sdlrun::engine {

class Markup {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string>>;

  Markup() = default;
  /// Any text. What neither HTML nor XML 1.0 may hold is shown by a picture of it (U+2400 …) or by U+FFFD.
  static Markup text(std::string_view text);
  /// Of the program's own, such as a style sheet: nothing is escaped.
  static Markup verbatim(std::string_view markup);
  /// `<name attribute="…">content</name>`; attributes with an empty value are left out.
  static Markup element(std::string_view name, const Attributes& attributes = {}, const Markup& content = {});

  Markup& operator+=(const Markup& more);
  friend Markup operator+(Markup left, const Markup& right) { return std::move(left += right); }
  bool empty() const { return markup_.empty(); }
  const std::string& string() const { return markup_; }

 private:
  explicit Markup(std::string markup) : markup_(std::move(markup)) {}

  std::string markup_;
};

}  // namespace sdlrun::engine
