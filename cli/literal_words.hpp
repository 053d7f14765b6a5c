// Durations and sizes on the command line, written as in a .sdl file: "2h30m", "20GiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/world/clock.hpp"

namespace sdlrun::cli {

/// Nothing where the text is none.
std::optional<engine::Milliseconds> duration_in(std::string_view text);
/// In bytes.
std::optional<std::uint64_t> size_in(std::string_view text);

}  // namespace sdlrun::cli
