// Layers that were made once and are taken again: those of packages, which a changed script does not touch.
#pragma once

#include <string>

#include "engine/stage/stage.hpp"
#include "stages/image/layer/layer_file.hpp"

namespace sdlrun::stages::image {

/// The layer of entries whose contents `identity` stands for: from `$XDG_CACHE_HOME/sdlrun/images`, where it was made before
/// at the same places, else made and kept there. Ends up among `place.blobs` in either case.
engine::Result<MadeLayer> kept_layer(const engine::StageContext& context, const LayerPlace& place, const LayerEntries& entries, const std::string& identity);

}  // namespace sdlrun::stages::image
