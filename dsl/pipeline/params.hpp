// Values of params given as text. Internal to dsl/.
#pragma once

#include <string_view>

#include "dsl/check/modules.hpp"
#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

/// The value of `name=text`. Strings, paths and enum members are the text as it is; all else is an expression of the
/// language without names. `looks` may be null.
std::optional<Value> param_value(Sources& sources, std::string_view name, const GivenParam& given, const Type& type, Looks* looks, Diagnostics& diagnostics);

/// A place to point at for what was given: "name=text" on the command line or in the profile.
Span given_place(Sources& sources, std::string_view name, const GivenParam& given);

}  // namespace sdlrun::dsl
