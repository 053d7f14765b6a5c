// Code in the text of a message.
#pragma once

#include <string>
#include <string_view>

namespace sdlrun::dsl {

/// The code between backticks.
inline std::string in_backticks(std::string_view code) {
  std::string text(1, '`');
  text += code;
  text += '`';
  return text;
}

}  // namespace sdlrun::dsl
