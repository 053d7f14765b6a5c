// Patterns of declared outputs: `pi: float at stdout matching "pi is (.*)"`. Regular expressions by RE2, whose time grows
// with the text only: no pattern makes a run hang.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sdlrun::dsl {

/// What is wrong with a pattern; nothing where it can be used.
std::optional<std::string> pattern_mistake(std::string_view pattern);

/// The first group (or all, where there is none) of the last line that matches; nothing where no line does.
std::optional<std::string> last_match(std::string_view text, std::string_view pattern);

}  // namespace sdlrun::dsl
