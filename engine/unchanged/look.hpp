// One look at the disk on which a run has decided, and what was seen, as bytes that are equal where the decision is.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "dsl/functions/looks.hpp"
#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// The numbers stand in notes.
enum class LookKind : std::uint8_t {
  status = 0,      // lstat; of folders and links nobody asks more than that they are one
  names = 1,       // what a folder holds
  link = 2,        // where a link leads
  path = 3,        // these are the language's: dsl/functions/looks.hpp
  canonical = 4,
  folder = 5,
  matches = 6,
};
inline constexpr std::uint8_t look_kinds = 7;

struct Look {
  std::string path;
  LookKind kind = LookKind::status;
  std::string pattern = {};  // of matches

  friend auto operator<=>(const Look&, const Look&) = default;
};

struct SeenLook {
  Look look;
  std::string seen;
};

std::string seen_bytes(const Result<std::optional<FileStatus>>& status);
std::string seen_bytes(const Result<std::vector<std::string>>& names);
std::string seen_bytes(const Result<std::string>& link_target);

/// Looks again.
std::string seen_now(const Files& files, const Look& look);

SeenLook look_of(dsl::Look look);

}  // namespace sdlrun::engine
