// Where a tar header has what (POSIX ustar).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sdlrun::stages::image::tar {

inline constexpr std::size_t block = 512;

struct Field {
  std::size_t at = 0;
  std::size_t size = 0;
};

inline constexpr Field name{0, 100};
inline constexpr Field mode{100, 8};
inline constexpr Field user{108, 8};
inline constexpr Field group{116, 8};
inline constexpr Field size{124, 12};
inline constexpr Field modified{136, 12};
inline constexpr Field sum{148, 8};
inline constexpr Field type{156, 1};
inline constexpr Field target{157, 100};
inline constexpr Field magic{257, 8};
inline constexpr Field device_major{329, 8};
inline constexpr Field device_minor{337, 8};
inline constexpr Field prefix{345, 155};

/// What eleven octal digits hold.
inline constexpr std::uint64_t largest_size = 077777777777;

/// Of all bytes of a header, those of the sum itself as spaces.
inline std::uint64_t check_sum(std::string_view header) {
  std::uint64_t total = 0;
  for (std::size_t at = 0; at < header.size(); ++at) {
    const bool is_sum = at >= sum.at && at < sum.at + sum.size;
    total += is_sum ? ' ' : static_cast<unsigned char>(header[at]);
  }
  return total;
}

}  // namespace sdlrun::stages::image::tar
