// Names that types have in other languages, and how they are written here.
#pragma once

#include <string_view>

namespace sdlrun::dsl {

/// "a list is written `[T]`, as in `[string]`" for `list`; empty for a word that is none of them.
std::string_view foreign_type_hint(std::string_view word);

}  // namespace sdlrun::dsl
