// Images from a registry. Their contents are kept in the shared cache of this machine, by digest, so that each is fetched
// once; what was cut off goes on where it ended, also in a later run.
#pragma once

#include <filesystem>

#include "stages/image/oci/layout.hpp"
#include "stages/image/registry/manifests.hpp"

namespace sdlrun::stages::image {

/// `images` in the shared cache: `blobs/DIGITS`, `partial/DIGITS`, `changes/DIGITS`.
std::filesystem::path image_cache(const engine::StageContext& context);

/// Brings a content into the cache, compared with its digest.
engine::Task<engine::Result<bool>> fetch_blob(Registry& registry, std::string repository, Descriptor blob);

/// The image for a platform, with all its contents in the cache.
engine::Task<engine::Result<Image>> fetch_image(Registry& registry, Reference reference, Platform wanted);

}  // namespace sdlrun::stages::image
