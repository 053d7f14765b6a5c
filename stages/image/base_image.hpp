// What an image is built on: from a registry, a layout, an archive, an engine of this machine, another step, or nothing.
#pragma once

#include <optional>

#include "engine/stage/stage.hpp"
#include "stages/image/layer/base_tree.hpp"
#include "stages/image/oci/layout.hpp"

namespace sdlrun::stages::image {

struct BaseWish {
  dsl::Value base = {};
  Platform platform = {};
  bool insecure = false;
};

/// None where the image begins with nothing. Contents are compared with their digests.
engine::Task<engine::Result<std::optional<Image>>> find_base(engine::StageContext& context, BaseWish wish);

/// Whether it is a name in a registry, and which.
std::optional<std::string> name_in_registry(const dsl::Value& base);

/// The folders and links that its layers leave; of each layer they are remembered in the shared cache.
engine::Result<BaseTree> tree_of(engine::StageContext& context, const Image& base);

/// Brings its contents into another layout.
engine::Result<void> place_blobs(engine::StageContext& context, const Image& base, const std::filesystem::path& blobs);

/// Makes a layout of an image: a step's own output. Annotations are its index's.
engine::Result<void> keep_image(engine::StageContext& context, const Image& image, const Platform& platform, const std::filesystem::path& layout, const Annotations& annotations);

}  // namespace sdlrun::stages::image
