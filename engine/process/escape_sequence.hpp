// What programs say to a terminal among their text (ECMA-48): colours, titles, links.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sdlrun::engine {

inline constexpr char escape = '\033';

/// The bytes of the escape sequence that begins the text, which begins with `escape`: of colour (CSI), of a title or link (OSC),
/// or of two bytes. Nothing where the text ends before it.
std::optional<std::size_t> escape_sequence_length(std::string_view text);

}  // namespace sdlrun::engine
