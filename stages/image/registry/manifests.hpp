// Manifests in a registry: by tag or digest, each compared with its digest.
#pragma once

#include <optional>
#include <string>

#include "stages/image/oci/manifest.hpp"
#include "stages/image/reference.hpp"
#include "stages/image/registry/registry.hpp"

namespace sdlrun::stages::image {

/// "repository:team/imdb:pull": what a token is asked for.
std::string scope_of(const std::string& repository, bool is_push);

/// The digest that a tag means now, or that a digest is there; none where the registry knows nothing of it.
engine::Task<engine::Result<std::optional<std::string>>> digest_in_registry(Registry& registry, std::string repository, std::string version, bool is_push);

/// The text of the manifest or index that a reference means.
engine::Task<engine::Result<std::string>> fetch_manifest(Registry& registry, Reference reference);

/// Gives the digest that the registry holds then. `version` is a tag or the digest.
engine::Task<engine::Result<std::string>> put_manifest(Registry& registry, std::string repository, std::string version, std::string text, std::string media_type);

}  // namespace sdlrun::stages::image
