#include "stages/image/archive.hpp"

#include <map>

#include "stages/image/layer/tar_reader.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;
using nlohmann::json;

namespace {

/// "blobs/sha256/…" of "./blobs/sha256/…"; empty where it would lead out of the folder.
std::string inner_name(const std::string& name) {
  const std::string clean = fs::path(name).lexically_normal().generic_string();
  const bool leads_out = clean.starts_with('/') || clean == ".." || clean.starts_with("../");
  if (leads_out || clean == ".") return "";
  return clean.ends_with('/') ? clean.substr(0, clean.size() - 1) : clean;
}

/// An archive's files in a folder; its links are kept here, so that none can lead elsewhere.
class Unpacked {
 public:
  Unpacked(engine::Files& files, fs::path folder) : files_(files), folder_(std::move(folder)) {}

  Result<void> take(const TarEntry& entry) {
    const std::string name = inner_name(entry.name);
    current_.clear();
    if (name.empty()) return {};
    if (entry.type == '2') links_[name] = inner_name((fs::path(name).parent_path() / entry.target).generic_string());
    if (entry.type == '1') links_[name] = inner_name(entry.target);
    if (entry.type != '0') return {};
    current_ = folder_ / name;
    if (auto made = files_.make_directories(current_.parent_path()); !made) return made;
    return files_.write(current_, "");
  }
  Result<void> take(std::string_view content) { return current_.empty() ? Result<void>() : files_.append(current_, content); }

  /// Where the file of this name lies.
  fs::path path(const std::string& name) const {
    std::string reached = inner_name(name);
    for (int links = 0; links < 40; ++links) {
      const auto link = links_.find(reached);
      if (link == links_.end()) break;
      reached = link->second;
    }
    return folder_ / reached;
  }
  bool has(const std::string& name) const {
    const auto status = files_.status(path(name));
    return status && *status && (*status)->kind == engine::FileKind::regular;
  }

 private:
  engine::Files& files_;
  fs::path folder_;
  fs::path current_;
  std::map<std::string, std::string> links_;
};

Result<void> unpack(const engine::Files& files, const fs::path& archive, Unpacked& unpacked, const std::function<bool()>& is_stopped) {
  TarReader tar({.on_entry = [&](const TarEntry& entry) { return unpacked.take(entry); },
                 .on_content = [&](std::string_view content) { return unpacked.take(content); }});
  Result<void> done;
  bool is_first = true;
  const auto read = files.read_pieces(archive, [&](std::string_view piece) {
    if (std::exchange(is_first, false) && (piece.starts_with("\x1f\x8b") || piece.starts_with("\x28\xb5\x2f\xfd"))) {
      done = engine::failure("the archive is compressed", "unpack it once, with `gunzip` or `unzstd`: the layers in it are compressed anyway");
    }
    if (done && is_stopped()) done = engine::failure("stopped");
    if (done) done = tar.add(piece);
  });
  if (!read) return read;
  return done ? tar.finish() : done;
}

/// What a name such as "6a7f….json" or "blobs/sha256/6a7f…" promises; empty where it promises nothing.
std::string promised_digest(const std::string& name) {
  const std::string digest = "sha256:" + fs::path(name).stem().string();
  return is_digest(digest) ? digest : "";
}

Result<json> only_image(const std::string& text, const std::string& where) {
  const json images = parsed_json(text);
  if (!images.is_array() || images.empty()) return engine::failure(where + ": its `manifest.json` names no image", "is it what `docker save IMAGE` has written?");
  if (images.size() == 1) return images[0];
  std::string names;
  for (const json& image : images) {
    for (const json& tag : list_in(image, "RepoTags")) names += (names.empty() ? "" : ", ") + (tag.is_string() ? tag.get<std::string>() : "?");
  }
  return engine::failure(where + " holds " + std::to_string(images.size()) + " images: " + names, "save the one that is wanted: `docker save IMAGE -o FILE`");
}

/// Docker's own form, made into the specification's.
Result<Image> convert(engine::Files& files, const Unpacked& unpacked, const fs::path& layout, const Platform& wanted, const std::string& where, const std::function<bool()>& is_stopped) {
  const auto text = files.read(unpacked.path("manifest.json"));
  if (!text) return tl::unexpected(text.error());
  const auto image = only_image(*text, where);
  if (!image) return tl::unexpected(image.error());
  const std::string config_name = text_in(*image, "Config");
  const auto config_text = unpacked.has(config_name) ? files.read(unpacked.path(config_name)) : engine::failure("missing");
  if (!config_text) return engine::failure(where + ": the image's configuration `" + config_name + "` is missing", "save the image anew");
  const std::string promised = promised_digest(config_name);
  if (!promised.empty() && digest_of_bytes(*config_text) != promised) {
    return engine::failure(where + ": the image's configuration is not what its digest says", "the archive was damaged or changed: save the image anew");
  }
  const std::vector<std::string> diff_ids = Config{parsed_json(*config_text)}.diff_ids();
  const fs::path blobs = blobs_of(layout);
  auto config = write_blob(files, blobs, media::config, *config_text);
  if (!config) return tl::unexpected(std::move(config.error()));
  Manifest manifest{.config = std::move(*config)};
  for (const json& name : list_in(*image, "Layers")) {
    const std::string layer_name = name.is_string() ? name.get<std::string>() : "";
    if (layer_name.empty() || !unpacked.has(layer_name)) return engine::failure(where + ": the layer `" + layer_name + "` is missing", "the archive was cut off: save the image anew");
    auto layer = compress_layer({.files = files, .blobs = blobs, .is_stopped = is_stopped}, unpacked.path(layer_name));
    if (!layer) return tl::unexpected(std::move(layer.error()));
    const std::size_t number = manifest.layers.size();
    if (number < diff_ids.size() && layer->diff_id != diff_ids[number]) {
      return engine::failure(where + ": the layer `" + layer_name + "` is not what its digest says", "the archive was damaged or changed: save the image anew",
                             "expected " + diff_ids[number] + "\nfound    " + layer->diff_id);
    }
    manifest.layers.push_back(std::move(layer->blob));
  }
  return image_of(files, blobs, encode(manifest), wanted, where);
}

}  // namespace

Result<Image> read_archive(engine::Files& files, const fs::path& archive, const fs::path& folder, const Platform& wanted, const std::function<bool()>& is_stopped) {
  const std::string where = "`" + archive.string() + "`";
  Unpacked unpacked(files, folder / "archive");
  if (auto done = unpack(files, archive, unpacked, is_stopped); !done) {
    engine::Error error = done.error();
    error.message = where + ": " + error.message;
    return tl::unexpected(std::move(error));
  }
  if (unpacked.has("oci-layout") && unpacked.has("index.json")) return read_layout(files, folder / "archive", wanted, where);
  if (unpacked.has("manifest.json")) return convert(files, unpacked, folder / "converted", wanted, where, is_stopped);
  return engine::failure(where + " is no archive of an image: it holds neither `manifest.json` nor `index.json`", "`docker save IMAGE -o FILE` and `skopeo copy … oci-archive:FILE` write one");
}

}  // namespace sdlrun::stages::image
