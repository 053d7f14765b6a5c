// Where to go on after a syntax error.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl {

enum class Recovery {
  next_line,  // at the next line that begins an item or declaration, or at the end of the body
  open_brace  // at the `{` of the same line: a header is wrong, the body may be right
};

struct Resumption {
  std::uint32_t offset = 0;
  /// The end of the text was reached with braces open: of what closes the body nothing can be said.
  bool lost = false;
};

/// Where parsing goes on. Inside a body: the next line that begins an item, or the `}` that closes the body. Outside:
/// the next line that begins a declaration. Always behind `begin`; the end of the text where nothing follows.
Resumption next_line_to_resume(std::string_view text, std::uint32_t begin, const SyntaxFailure& failure, bool in_body);

/// The `{` that stands behind the error in the same line.
std::optional<std::uint32_t> brace_to_resume(std::string_view text, std::uint32_t resume_from);

/// The `{` behind `begin` whose `}` seems to be missing: the first one whose partner stands further left than the line
/// that opened it. Guessed by indentation, for a hint only.
std::optional<std::uint32_t> suspected_open_brace(std::string_view text, std::uint32_t begin);

}  // namespace sdlrun::dsl
