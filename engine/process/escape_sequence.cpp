#include "engine/process/escape_sequence.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

bool is_final_byte(char byte) { return byte >= '@' && byte <= '~'; }

}  // namespace

std::optional<std::size_t> escape_sequence_length(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  if (text[1] == '[') {
    const auto last = std::find_if(text.begin() + 2, text.end(), is_final_byte);
    if (last == text.end()) return std::nullopt;
    return static_cast<std::size_t>(last - text.begin()) + 1;
  }
  if (text[1] == ']') {
    const std::size_t bell = text.find('\a');
    const std::size_t terminator = text.find("\033\\");
    if (bell == std::string_view::npos && terminator == std::string_view::npos) return std::nullopt;
    return bell < terminator ? bell + 1 : terminator + 2;
  }
  return 2;
}

}  // namespace sdlrun::engine
