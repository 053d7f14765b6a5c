// An image in a folder: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/world/files.hpp"
#include "stages/image/oci/config.hpp"

namespace sdlrun::stages::image {

/// An image whose contents lie in files by digest, `blobs/DIGITS`, wherever they came from.
struct Image {
  std::filesystem::path blobs = {};
  std::string digest = {};          // of `manifest_text`
  std::string named_digest = {};    // of what its name in a registry means: this manifest, or an index that lists it
  std::string manifest_text = {};   // as whoever made it wrote it
  Manifest manifest = {};
  Config config = {};

  std::filesystem::path blob(const Descriptor& descriptor) const { return blobs / digits_of(descriptor.digest); }
};

/// Where the contents of a layout are.
std::filesystem::path blobs_of(const std::filesystem::path& layout);

/// The image for a platform, by its index; manifest and configuration are compared with their digests. `where` names it in
/// errors.
engine::Result<Image> read_layout(const engine::Files& files, const std::filesystem::path& layout, const Platform& wanted, const std::string& where);

/// The image whose manifest has this digest, for whatever platform.
engine::Result<Image> read_image(const engine::Files& files, const std::filesystem::path& layout, const std::string& digest, const std::string& where);

/// Reads an image whose manifest's text is known and whose configuration is among `blobs`. Without a platform any will do.
engine::Result<Image> image_of(const engine::Files& files, std::filesystem::path blobs, std::string manifest_text, const std::optional<Platform>& wanted,
                               const std::string& where);

/// A content as its descriptor says, or an error that names it: cut off, or another.
engine::Result<void> check_blob(const engine::Files& files, const std::filesystem::path& path, const Descriptor& descriptor, const std::string& where);

/// Puts a text among the contents; gives its descriptor.
engine::Result<Descriptor> write_blob(engine::Files& files, const std::filesystem::path& blobs, std::string media_type, std::string_view text);

/// Makes what a layout holds besides its contents, `index.json` of one manifest.
engine::Result<void> write_layout(engine::Files& files, const std::filesystem::path& layout, const Descriptor& manifest);

}  // namespace sdlrun::stages::image
