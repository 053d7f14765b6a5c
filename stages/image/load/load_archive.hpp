// An image in one file that every engine takes: `manifest.json` and `index.json` name the same contents, as `docker save` has it
// since Docker 25. Docker reads the former, containerd the latter.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "stages/image/oci/layout.hpp"
#include "stages/image/reference.hpp"

namespace sdlrun::stages::image {

/// Writes it as it is read; nothing of a layer is held in memory.
engine::Result<void> write_load_archive(engine::Files& files, const Image& image, const Reference& name, const std::filesystem::path& archive, const std::function<bool()>& is_stopped);

}  // namespace sdlrun::stages::image
