// Base64, as Basic authentication and Docker's configuration have it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sdlrun::stages::image {

std::string to_base64(std::string_view bytes);
/// Nothing where it is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sdlrun::stages::image
