// Images in one file, as `docker save` and `skopeo copy … oci-archive:` write them.
#pragma once

#include <filesystem>

#include "stages/image/layer/layer_file.hpp"
#include "stages/image/oci/layout.hpp"

namespace sdlrun::stages::image {

/// Unpacks an archive into a folder of ours and gives the image in it. Layers that Docker has left uncompressed are
/// compressed; all is compared with the digests that the archive has for it.
engine::Result<Image> read_archive(engine::Files& files, const std::filesystem::path& archive, const std::filesystem::path& folder, const Platform& wanted,
                                   const std::function<bool()>& is_stopped);

}  // namespace sdlrun::stages::image
