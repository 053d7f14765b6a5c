// Reading what programs print, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::stages::container {

/// Lines that are not empty, without white space around them.
std::vector<std::string> lines_of(std::string_view text);
/// The last of them; empty where there is none.
std::string last_line(std::string_view text);
/// What stands between the last `begin` that has an `end` behind it in its line, and that `end`; empty where there is none.
std::string between(std::string_view text, std::string_view begin, std::string_view end);

}  // namespace sdlrun::stages::container
