// UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sdlrun::dsl {

/// The length of the UTF-8 sequence that begins at the offset; 0 where there is no valid one.
std::size_t utf8_length(std::string_view text, std::size_t offset);

/// The code point of one valid sequence.
std::uint32_t utf8_code(std::string_view sequence);

}  // namespace sdlrun::dsl
