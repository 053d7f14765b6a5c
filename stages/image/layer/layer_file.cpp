#include "stages/image/layer/layer_file.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::FileKind;
using engine::Result;

namespace {

constexpr std::size_t buffer_size = 1 << 20;

tl::unexpected<engine::Error> stopped() { return engine::failure("stopped"); }

/// The permissions of folders that programs expect to be other than usual.
unsigned folder_mode(const std::string& place) {
  if (place == "tmp" || place == "var/tmp") return 01777;
  return place == "root" ? 0700 : 0755;
}

Result<void> add_file(const LayerPlace& place, TarWriter& tar, const std::string& name, const LayerEntry& entry) {
  if (auto begun = tar.file(name, entry.size, entry.executable); !begun) return begun;
  Result<void> written;
  const auto read = place.files.read_pieces(entry.source, [&](std::string_view piece) {
    if (written && place.is_stopped()) written = stopped();
    if (written) written = tar.content(piece);
  });
  if (!read) return read;
  if (!written) return written;
  if (tar.missing() == 0) return {};
  return engine::failure("`" + entry.source.string() + "` became shorter while it was put into the image", "let nobody write to it, and run again");
}

}  // namespace

LayerFile::LayerFile(const LayerPlace& place)
    : place_(place), being_made_(place.blobs / "being-made"), gzip_(place.threads, [this](std::string_view bytes) { return write(bytes); }) {}

Result<void> LayerFile::add(std::string_view tar) {
  plain_digest_.add(tar);
  return gzip_.add(tar);
}

Result<void> LayerFile::write(std::string_view compressed) {
  digest_.add(compressed);
  size_ += compressed.size();
  buffer_ += compressed;
  return buffer_.size() < buffer_size ? Result<void>() : flush();
}

Result<void> LayerFile::flush() {
  auto written = place_.files.append(being_made_, buffer_);
  buffer_.clear();
  return written;
}

Result<MadeLayer> LayerFile::finish() {
  if (auto ended = gzip_.finish(); !ended) return tl::unexpected(std::move(ended.error()));
  if (auto written = flush(); !written) return tl::unexpected(std::move(written.error()));
  MadeLayer layer{.blob = {.media_type = media::layer_gzip, .digest = "sha256:" + digest_.hex(), .size = size_}, .diff_id = "sha256:" + plain_digest_.hex()};
  if (auto named = place_.files.rename(being_made_, place_.blobs / digits_of(layer.blob.digest)); !named) return tl::unexpected(std::move(named.error()));
  return layer;
}

Result<MadeLayer> make_layer(const LayerPlace& place, const LayerEntries& entries) {
  if (auto made = place.files.make_directories(place.blobs); !made) return tl::unexpected(std::move(made.error()));
  LayerFile layer(place);
  TarWriter tar([&](std::string_view bytes) { return layer.add(bytes); });
  for (const auto& [name, entry] : entries) {
    if (place.is_stopped()) return stopped();
    auto added = entry.kind == FileKind::directory       ? tar.directory(name, folder_mode(name))
                 : entry.kind == FileKind::symbolic_link ? tar.link(name, entry.target)
                                                         : add_file(place, tar, name, entry);
    if (!added) return tl::unexpected(std::move(added.error()));
  }
  if (auto ended = tar.finish(); !ended) return tl::unexpected(std::move(ended.error()));
  return layer.finish();
}

Result<MadeLayer> compress_layer(const LayerPlace& place, const fs::path& tar) {
  if (auto made = place.files.make_directories(place.blobs); !made) return tl::unexpected(std::move(made.error()));
  LayerFile layer(place);
  Result<void> added;
  const auto read = place.files.read_pieces(tar, [&](std::string_view piece) {
    if (added && place.is_stopped()) added = stopped();
    if (added) added = layer.add(piece);
  });
  if (!read) return tl::unexpected(read.error());
  if (!added) return tl::unexpected(added.error());
  return layer.finish();
}

}  // namespace sdlrun::stages::image
