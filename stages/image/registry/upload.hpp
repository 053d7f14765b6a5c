// Contents to a registry: asked for first, taken from another repository of it where that has them, else sent; large ones in
// chunks, so that what a broken connection has left there is not sent again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "stages/image/registry/manifests.hpp"

namespace sdlrun::stages::image {

struct Upload {
  std::string repository = {};
  Descriptor blob = {};
  std::filesystem::path file = {};
  /// Another repository of the same registry that may have it; empty: none.
  std::string other_repository = {};
  /// Told of bytes that have arrived, or were there.
  std::function<void(std::uint64_t)> on_progress = [](std::uint64_t) {};
};

/// True once the registry has it.
engine::Task<engine::Result<bool>> upload_blob(Registry& registry, Upload upload);

/// How many bytes the registry says it has: "0-99" are 100. It says "0-0" of none and of one.
std::uint64_t bytes_in_range(const std::string& range);

}  // namespace sdlrun::stages::image
