#include "dsl/source/utf8.hpp"

namespace sdlrun::dsl {

namespace {

unsigned char byte_at(std::string_view text, std::size_t offset) {
  return offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0;
}

/// The second byte of a sequence has narrower bounds after some first bytes: no overlong forms, no surrogates.
bool second_byte_fits(unsigned char first, unsigned char second) {
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t offset) {
  const unsigned char first = byte_at(text, offset);
  if (first < 0x80) return offset < text.size() ? 1 : 0;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || offset + length > text.size()) return 0;
  if (!second_byte_fits(first, byte_at(text, offset + 1))) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if ((byte_at(text, offset + at) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

std::uint32_t utf8_code(std::string_view sequence) {
  const unsigned char first = byte_at(sequence, 0);
  constexpr unsigned char masks[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = first & masks[sequence.size() < 5 ? sequence.size() : 0];
  for (const char byte : sequence.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

}  // namespace sdlrun::dsl
