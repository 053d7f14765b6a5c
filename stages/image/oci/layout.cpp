#include "stages/image/oci/layout.hpp"

#include "engine/cache/digest.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;

namespace {

/// What is larger is no manifest, whatever it says.
constexpr std::uint64_t largest_local_manifest = 4 << 20;
constexpr int deepest_index = 4;

Result<std::string> read_text(const engine::Files& files, const fs::path& path, const Descriptor& descriptor, const std::string& where) {
  if (descriptor.size > largest_local_manifest) return engine::failure(where + ": a manifest of " + std::to_string(descriptor.size) + " bytes is too large to be one");
  if (auto whole = check_blob(files, path, descriptor, where); !whole) return tl::unexpected(std::move(whole.error()));
  return files.read(path);
}

}  // namespace

fs::path blobs_of(const fs::path& layout) { return layout / "blobs" / "sha256"; }

Result<void> check_blob(const engine::Files& files, const fs::path& path, const Descriptor& descriptor, const std::string& where) {
  const auto status = files.status(path);
  if (!status) return tl::unexpected(status.error());
  if (!status->has_value()) return engine::failure(where + ": the content " + descriptor.digest + " is missing", "the image was not copied whole: make or copy it anew");
  if ((*status)->size != descriptor.size) {
    return engine::failure(where + ": the content " + descriptor.digest + " has " + std::to_string((*status)->size) + " bytes instead of " + std::to_string(descriptor.size),
                           "it was cut off or changed: make or copy the image anew");
  }
  engine::Sha256 digest;
  if (auto read = files.read_pieces(path, [&](std::string_view piece) { digest.add(piece); }); !read) return read;
  const std::string found = "sha256:" + digest.hex();
  if (found == descriptor.digest) return {};
  return engine::failure(where + ": a content is not what its digest says", "it was damaged or changed: make or copy the image anew", "expected " + descriptor.digest + "\nfound    " + found);
}

Result<Image> image_of(const engine::Files& files, fs::path blobs, std::string manifest_text, const std::optional<Platform>& wanted, const std::string& where) {
  auto decoded = decode_manifest(manifest_text, where);
  if (!decoded) return tl::unexpected(std::move(decoded.error()));
  auto* manifest = std::get_if<Manifest>(&*decoded);
  if (manifest == nullptr) return engine::failure(where + ": an index stands where a manifest is expected");
  const auto text = read_text(files, blobs / digits_of(manifest->config.digest), manifest->config, where);
  if (!text) return tl::unexpected(text.error());
  auto config = decode_config(*text, *manifest, where);
  if (!config) return tl::unexpected(std::move(config.error()));
  const Platform platform = config->platform();
  if (wanted && !platform.architecture.empty() && !serves(platform, *wanted)) {
    return engine::failure(where + " is for " + platform_text(platform) + ", and " + platform_text(*wanted) + " is wanted", "say so with `platform`, or take another image");
  }
  std::string digest = digest_of_bytes(manifest_text);
  return Image{.blobs = std::move(blobs), .digest = std::move(digest), .manifest_text = std::move(manifest_text), .manifest = std::move(*manifest), .config = std::move(*config)};
}

Result<Image> read_layout(const engine::Files& files, const fs::path& layout, const Platform& wanted, const std::string& where) {
  const auto marker = files.status(layout / "oci-layout");
  const auto there = files.status(layout / "index.json");
  if (!marker || !there || !marker->has_value() || !there->has_value()) {
    return engine::failure(where + " is no image layout: it has no `oci-layout` and `index.json`", "`image.pull` and `skopeo copy … oci:FOLDER` make such a folder");
  }
  auto text = files.read(layout / "index.json");
  if (!text) return tl::unexpected(std::move(text.error()));
  for (int depth = 0; depth < deepest_index; ++depth) {
    auto decoded = decode_manifest(*text, where);
    if (!decoded) return tl::unexpected(std::move(decoded.error()));
    const auto* index = std::get_if<Index>(&*decoded);
    if (index == nullptr) return image_of(files, blobs_of(layout), std::move(*text), wanted, where);
    const auto chosen = choose(*index, wanted, where);
    if (!chosen) return tl::unexpected(chosen.error());
    text = read_text(files, blobs_of(layout) / digits_of(chosen->digest), *chosen, where);
    if (!text) return tl::unexpected(std::move(text.error()));
  }
  return engine::failure(where + ": its indexes name each other without end");
}

Result<Image> read_image(const engine::Files& files, const fs::path& layout, const std::string& digest, const std::string& where) {
  if (!is_digest(digest)) return engine::failure(where + ": `" + digest + "` is no digest");
  const fs::path path = blobs_of(layout) / digits_of(digest);
  const auto status = files.status(path);
  if (!status) return tl::unexpected(status.error());
  const Descriptor manifest{.media_type = media::manifest, .digest = digest, .size = status->has_value() ? (*status)->size : 0};
  auto text = read_text(files, path, manifest, where);
  if (!text) return tl::unexpected(std::move(text.error()));
  return image_of(files, blobs_of(layout), std::move(*text), std::nullopt, where);
}

Result<Descriptor> write_blob(engine::Files& files, const fs::path& blobs, std::string media_type, std::string_view text) {
  Descriptor descriptor{.media_type = std::move(media_type), .digest = digest_of_bytes(text), .size = text.size()};
  if (auto made = files.make_directories(blobs); !made) return tl::unexpected(std::move(made.error()));
  if (auto written = files.write(blobs / digits_of(descriptor.digest), text); !written) return tl::unexpected(std::move(written.error()));
  return descriptor;
}

Result<void> write_layout(engine::Files& files, const fs::path& layout, const Descriptor& manifest) {
  if (auto made = files.make_directories(blobs_of(layout)); !made) return made;
  if (auto written = files.write(layout / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"); !written) return written;
  return files.write(layout / "index.json", encode(Index{{manifest}}));
}

}  // namespace sdlrun::stages::image
