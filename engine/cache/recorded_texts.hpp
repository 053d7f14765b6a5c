// What one process has recorded, in a fixed space: enough to say of most texts that they are not among it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace sdlrun::engine {

/// A Bloom filter with one hash. Not thread-safe.
class RecordedTexts {
 public:
  void add(std::string_view text) { bits_[place_of(text)] = true; }
  /// False only where it was never added; true of one in a hundred such at 160,000 texts.
  bool may_hold(std::string_view text) const { return bits_[place_of(text)]; }

 private:
  static constexpr std::size_t bits = std::size_t{1} << 24;  // 2 MiB
  static std::size_t place_of(std::string_view text) { return std::hash<std::string_view>{}(text) % bits; }

  std::vector<bool> bits_ = std::vector<bool>(bits);
};

}  // namespace sdlrun::engine
