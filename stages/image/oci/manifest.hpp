// An image's manifest (what it is made of) and an index (one manifest a platform), and both as JSON.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stages/image/oci/descriptor.hpp"

namespace sdlrun::stages::image {

/// Annotations: what an image was built on, a name and the digest that it meant.
inline constexpr const char* base_name = "org.opencontainers.image.base.name";
inline constexpr const char* base_digest = "org.opencontainers.image.base.digest";

struct Manifest {
  std::string media_type = media::manifest;
  Descriptor config = {};
  std::vector<Descriptor> layers = {};
  Annotations annotations = {};
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

struct Index {
  std::vector<Descriptor> manifests;
};

/// Either, by what the text says of itself. `where` names it in errors.
engine::Result<std::variant<Manifest, Index>> decode_manifest(std::string_view text, const std::string& where);

/// The same manifest gives the same bytes.
std::string encode(const Manifest& manifest);
std::string encode(const Index& index);

/// The one of an index that serves a platform. The error names what there is.
engine::Result<Descriptor> choose(const Index& index, const Platform& wanted, const std::string& where);

}  // namespace sdlrun::stages::image
