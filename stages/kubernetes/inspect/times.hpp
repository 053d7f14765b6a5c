// Times as the API server writes them, and how long ago they are as kubectl tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sdlrun::stages::kubernetes {

/// Seconds since 1970 of "2026-11-29T04:29:01Z"; nothing where it is no such time.
std::optional<std::int64_t> seconds_of(const std::string& time);
/// "45s", "5m30s", "12m", "3h10m", "26h", "3d4h", "120d", as the column AGE has it.
std::string age_text(std::int64_t seconds);

}  // namespace sdlrun::stages::kubernetes
