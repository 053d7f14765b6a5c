#include "engine/process/line_splitter.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string_view beginning_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end);
}

void LineSplitter::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find_first_of("\r\n");
    keep(piece.substr(0, end));
    if (end == std::string_view::npos) return;
    finish();
    piece.remove_prefix(end + 1);
  }
}

void LineSplitter::keep(std::string_view part) {
  // A little more than the longest line, so that the cut sees whether it splits a character.
  const std::size_t room = longest_line + 1 - std::min(line_.size(), longest_line + 1);
  line_ += part.substr(0, room);
}

void LineSplitter::finish() {
  if (!line_.empty()) take_(beginning_of(line_, longest_line));
  line_.clear();
}

}  // namespace sdlrun::engine
