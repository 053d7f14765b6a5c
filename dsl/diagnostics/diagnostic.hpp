// What went wrong in a source text, as data. Only the writer (diagnostic_text.hpp) knows lines, carets and colours.
//
// Style of the texts: lower case, no full stop, code in backticks; what was seen, then the rule, then the hint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/source/source.hpp"

namespace sdlrun::dsl {

enum class Severity { error, warning };

/// A second place that matters, such as where the other side was declared.
struct RelatedPlace {
  Span span;
  std::string text;
};

struct Diagnostic {
  /// Kebab-case and stable: users search for it, tests/cases/errors must hold each at least once.
  std::string_view name;
  std::string message;
  /// The narrowest range at fault: the caret stands under it.
  Span span;
  /// Stands behind the caret: what was expected, or what this is. May be empty.
  std::string label;
  /// What to do next. May be empty.
  std::string hint;
  std::vector<RelatedPlace> related = {};
  Severity severity = Severity::error;
};

/// Collects what a phase finds; phases go on after the first error.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  bool has_errors() const { return error_count_ > 0; }
  std::size_t error_count() const { return error_count_; }
  bool empty() const { return all_.empty(); }
  /// In source order; one that repeats another's name and span is left out.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t error_count_ = 0;
};

/// The candidate nearest to a mistyped name, or an empty view where none is near enough to offer.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);

/// "did you mean `x`?" for the nearest candidate, else `otherwise`.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates,
                         std::string_view otherwise = "");

}  // namespace sdlrun::dsl
