// Layers that were made once and are taken again: those of packages, which a changed script does not touch.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/image/layer/layer_file.hpp"

namespace sdlrun::stages::image {

/// The layer whose entries `identity` stands for, their places too: from `$XDG_CACHE_HOME/sdlrun/images`, where it was made before,
/// else made of the entries, which are asked for only then, and kept there. Ends up among `place.blobs` in either case. Nothing where
/// there are no entries.
engine::Result<std::optional<MadeLayer>> kept_layer(const engine::StageContext& context, const LayerPlace& place, const std::string& identity,
                                                    const std::function<engine::Result<LayerEntries>()>& entries);

}  // namespace sdlrun::stages::image
