// An image under a name by which others find it: the handle that `image.push` and `image.load` give, and steps on a cluster take.
#pragma once

#include <string>

#include "dsl/values/value.hpp"

namespace sdlrun::stages::image {

inline constexpr const char* reference_type = "image.reference";
/// What an input takes that wants such a name: the handle, or the name alone.
inline constexpr const char* reference_or_name = "(string | image.reference)";

/// Its identity in keys is `name` and `digest`: a name that another image has got is another.
dsl::Value reference_value(const std::string& name, const std::string& digest);

/// The name, of the handle or as it stands there; empty where there is none.
std::string referred_name(const dsl::Value& image);

}  // namespace sdlrun::stages::image
