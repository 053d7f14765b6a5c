// Base64 of RFC 4648, with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sdlrun::engine {

std::string to_base64(std::string_view bytes);
/// Nothing where it is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sdlrun::engine
