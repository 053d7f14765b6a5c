// What a text is made of as encoders write it: of URLs (`%2F`), of JSON and most languages (`\"`, `\u00e9`), of XML and HTML (`&amp;`, `&#233;`).
#pragma once

#include <cstddef>
#include <string_view>

namespace sdlrun::engine {

/// Nothing that is encoded is longer.
inline constexpr std::size_t longest_encoded = 12;

/// Whatever is encoded begins with one of these.
inline constexpr std::string_view encoding_marks = "%+\\&";

/// So many bytes of the one text stand for so many of the other; 0: none.
struct Encoded {
  std::size_t length = 0;
  std::size_t plain_length = 0;
};

/// Whether `text` begins with the first byte of `plain`, which is not empty, or its first character (UTF-8), encoded.
Encoded encoded_beginning(std::string_view text, std::string_view plain);

}  // namespace sdlrun::engine
