// What the OCI image specification calls a descriptor: a content by media type, digest and size; and the platform it is for.
// https://github.com/opencontainers/image-spec/blob/main/descriptor.md
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::stages::image {

/// "linux/arm64/v8".
struct Platform {
  std::string os = "linux";
  std::string architecture = "amd64";
  std::string variant = {};
  friend bool operator==(const Platform&, const Platform&) = default;
};

engine::Result<Platform> parse_platform(std::string_view text);
std::string platform_text(const Platform& platform);
/// Whether what is offered for one platform runs where the other is wanted: arm64 is arm64/v8.
bool serves(const Platform& offered, const Platform& wanted);

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type = {};
  std::string digest = {};  // "sha256:" and 64 digits
  std::uint64_t size = 0;
  std::optional<Platform> platform = {};
  Annotations annotations = {};
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// Whether it is "sha256:" and 64 hexadecimal digits in lower case: nothing else may become the name of a file.
bool is_digest(std::string_view text);
/// The digits behind "sha256:".
std::string digits_of(const std::string& digest);
std::string digest_of_bytes(std::string_view bytes);

namespace media {
inline constexpr const char* manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* index = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* config = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* layer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* layer_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* layer_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr const char* docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* docker_list = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* docker_config = "application/vnd.docker.container.image.v1+json";
inline constexpr const char* docker_layer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr const char* docker_layer_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
}  // namespace media

/// Where a layer's media type is Docker's, the specification's name for the same bytes.
std::string as_oci_layer(const std::string& media_type);

}  // namespace sdlrun::stages::image
