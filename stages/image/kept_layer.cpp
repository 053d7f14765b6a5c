#include "stages/image/kept_layer.hpp"

#include <nlohmann/json.hpp>

#include "stages/image/registry/download.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;

namespace {

/// What the layer's bytes follow from. The number is another when the same identity comes to mean other entries.
std::string layer_key(const std::string& identity) { return engine::sha256("sdlrun-kept-layer-2\n" + compression_version() + '\n' + identity); }

std::optional<MadeLayer> decode_layer(const engine::Result<std::string>& text) {
  const auto fields = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (!fields.is_object()) return std::nullopt;
  MadeLayer layer{.blob = {.media_type = media::layer_gzip, .digest = fields.value("digest", ""), .size = fields.value("size", std::uint64_t{0})}, .diff_id = fields.value("diff_id", "")};
  if (!is_digest(layer.blob.digest) || !is_digest(layer.diff_id)) return std::nullopt;
  return layer;
}

std::string encode_layer(const MadeLayer& layer) {
  return nlohmann::json{{"digest", layer.blob.digest}, {"size", layer.blob.size}, {"diff_id", layer.diff_id}}.dump() + '\n';
}

/// False where it is not there whole: then it is made anew.
bool take_kept(engine::Files& files, const fs::path& kept, const MadeLayer& layer, const fs::path& blobs) {
  const auto status = files.status(kept);
  if (!status || !*status || (*status)->size != layer.blob.size) return false;
  return files.make_directories(blobs) && files.clone(kept, blobs / digits_of(layer.blob.digest)).has_value();
}

/// Where it cannot be kept, it is made again the next time.
void keep(engine::Files& files, const fs::path& made, const fs::path& kept, const fs::path& record, const MadeLayer& layer) {
  if (!files.make_directories(kept.parent_path()) || !files.make_directories(record.parent_path())) return;
  const auto there = files.status(kept);
  if (!there) return;
  if (!*there && (!files.protect(made) || !files.clone(made, kept))) return;
  static_cast<void>(files.write(record, encode_layer(layer)));
}

}  // namespace

Result<std::optional<MadeLayer>> kept_layer(const engine::StageContext& context, const LayerPlace& place, const std::string& identity,
                                            const std::function<Result<LayerEntries>()>& entries) {
  const fs::path cache = image_cache(context), record = cache / "layers" / layer_key(identity);
  auto known = decode_layer(place.files.read(record));
  if (known && take_kept(place.files, cache / "blobs" / digits_of(known->blob.digest), *known, place.blobs)) return known;
  const auto wanted = entries();
  if (!wanted) return tl::unexpected(wanted.error());
  if (wanted->empty()) return std::nullopt;
  auto made = make_layer(place, *wanted);
  if (!made) return tl::unexpected(std::move(made.error()));
  keep(place.files, place.blobs / digits_of(made->blob.digest), cache / "blobs" / digits_of(made->blob.digest), record, *made);
  return std::optional(std::move(*made));
}

}  // namespace sdlrun::stages::image
