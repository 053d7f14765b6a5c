// Numbers and texts in a note's form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sdlrun::engine {

inline void add_number(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

inline void add_text(std::string& bytes, std::string_view text) {
  add_number(bytes, text.size());
  bytes += text;
}

/// Reads from the front. What is cut off or makes no sense gives nothing.
class NoteReader {
 public:
  explicit NoteReader(std::string_view bytes) : rest_(bytes) {}

  bool is_at_end() const { return rest_.empty(); }

  std::optional<std::uint64_t> number() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return number;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> text() {
    const auto length = number();
    if (!length || *length > rest_.size()) return std::nullopt;
    const std::string_view text = rest_.substr(0, *length);
    rest_.remove_prefix(*length);
    return text;
  }

 private:
  std::string_view rest_;
};

}  // namespace sdlrun::engine
