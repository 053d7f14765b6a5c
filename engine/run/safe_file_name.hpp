// Names of steps and sections as names of files: recognizable, safe everywhere, and never the same for two names.
#pragma once

#include <string>
#include <string_view>

namespace sdlrun::engine {

/// Letters, digits, `_`, `-`, `.`, `,`, `[` and `]` stay; other bytes become `%` and two digits ("app%2Fscript"). A dot
/// at the beginning does, too. What would be longer than a file system takes ends in a digest instead.
std::string safe_file_name(std::string_view name);

}  // namespace sdlrun::engine
