// What Python and well-known packages bring to be imported. Data, for answers before anything is installed.
#pragma once

#include <optional>
#include <string_view>

namespace sdlrun::stages {

/// A module of Python's own, in any version from 3.8 to 3.14.
bool is_standard_module(std::string_view name);

/// The modules of a package (named as in lock files) besides one of its own name, with blanks between; nothing for a package that is
/// not known here. Modules that begin with `_` are not listed. tests/end_to_end/imdb_test.py compares with what is installed.
std::optional<std::string_view> other_modules_of(std::string_view package);

}  // namespace sdlrun::stages
