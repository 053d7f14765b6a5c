// Mistakes that newcomers make, and people who come from other languages: each with a message that teaches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dsl/syntax/seen_token.hpp"
#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl {

/// Where the grammar stopped, and on what.
struct Situation {
  std::string_view text;
  SeenToken seen;
  Expectation expectation;
  char enclosing = '\0';  // the innermost open delimiter
};

struct Mistake {
  std::string_view name;
  std::string message;
  std::string label;
  std::string hint;
  /// The place, where it is not the token itself.
  std::optional<std::uint32_t> begin = {};
  std::optional<std::uint32_t> end = {};
};

/// The mistake behind a stop of the grammar; nothing where it is none that is known.
std::optional<Mistake> typical_mistake(const Situation& situation);

}  // namespace sdlrun::dsl
