// What a file holds, read once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/cache/digest.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

struct FileContent {
  std::string digits;  // of its SHA-256
  std::uint64_t size = 0;
};

inline Result<FileContent> content_of(const Files& files, const std::filesystem::path& path) {
  Sha256 hash;
  FileContent content;
  const auto read = files.read_pieces(path, [&](std::string_view piece) {
    hash.add(piece);
    content.size += piece.size();
  });
  if (!read) return tl::unexpected(read.error());
  content.digits = hash.hex();
  return content;
}

}  // namespace sdlrun::engine
