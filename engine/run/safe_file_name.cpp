#include "engine/run/safe_file_name.hpp"

#include "engine/cache/digest.hpp"

namespace sdlrun::engine {

namespace {

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.,[]").find(c) != std::string_view::npos;
}

}  // namespace

std::string safe_file_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  constexpr std::size_t digest_length = 32;
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string safe;
  for (const char c : name) {
    if (stays(c) && !(c == '.' && safe.empty())) {
      safe += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    safe += '%';
    safe += digits[byte >> 4];
    safe += digits[byte & 0xF];
  }
  if (safe.size() <= longest) return safe;
  return safe.substr(0, longest - digest_length - 1) + '-' + sha256(name).substr(0, digest_length);
}

}  // namespace sdlrun::engine
