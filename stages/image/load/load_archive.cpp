#include "stages/image/load/load_archive.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "stages/image/layer/tar_writer.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;
using nlohmann::json;

namespace {

constexpr std::size_t written_at_once = 1 << 20;
constexpr unsigned archive_folder_mode = 0755;

/// Both containerd and those who follow the specification find the name by these.
constexpr const char* containerd_name = "io.containerd.image.name";
constexpr const char* reference_name = "org.opencontainers.image.ref.name";

std::string blob_name(const std::string& digest) { return "blobs/sha256/" + digits_of(digest); }

class ArchiveFile {
 public:
  ArchiveFile(engine::Files& files, fs::path path, const std::function<bool()>& is_stopped)
      : files_(files), path_(std::move(path)), is_stopped_(is_stopped), tar_([this](std::string_view bytes) { return take(bytes); }) {}

  Result<void> begin() {
    if (auto made = files_.make_directories(path_.parent_path()); !made) return made;
    if (auto written = files_.write(path_, ""); !written) return written;
    if (auto added = tar_.directory("blobs", archive_folder_mode); !added) return added;
    return tar_.directory("blobs/sha256", archive_folder_mode);
  }
  Result<void> text(const std::string& name, const std::string& content) {
    if (auto begun = tar_.file(name, content.size(), false); !begun) return begun;
    return tar_.content(content);
  }
  Result<void> blob(const fs::path& source, const Descriptor& descriptor) {
    if (!written_.insert(descriptor.digest).second) return {};
    if (auto begun = tar_.file(blob_name(descriptor.digest), descriptor.size, false); !begun) return begun;
    Result<void> done;
    const auto read = files_.read_pieces(source, [&](std::string_view piece) {
      if (done && is_stopped_()) done = engine::failure("stopped");
      if (done) done = tar_.content(piece);
    });
    if (!read) return read;
    if (done && tar_.missing() > 0) return engine::failure("`" + source.string() + "` is shorter than its image says", "make or pull the image anew");
    return done;
  }
  Result<void> finish() {
    if (auto ended = tar_.finish(); !ended) return ended;
    return flush();
  }

 private:
  Result<void> take(std::string_view bytes) {
    buffer_ += bytes;
    return buffer_.size() < written_at_once ? Result<void>() : flush();
  }
  Result<void> flush() {
    auto written = files_.append(path_, buffer_);
    buffer_.clear();
    return written;
  }

  engine::Files& files_;
  fs::path path_;
  const std::function<bool()>& is_stopped_;
  std::string buffer_;
  std::set<std::string> written_;
  TarWriter tar_;
};

std::string docker_manifest(const Image& image, const std::string& name) {
  json layers = json::array();
  for (const Descriptor& layer : image.manifest.layers) layers.push_back(blob_name(layer.digest));
  const json entry = {{"Config", blob_name(image.manifest.config.digest)}, {"Layers", layers}, {"RepoTags", json::array({name})}};
  return json::array({entry}).dump();
}

std::string index_of(const Image& image, const std::string& name, const std::string& tag) {
  Descriptor manifest{.media_type = image.manifest.media_type, .digest = image.digest, .size = image.manifest_text.size()};
  manifest.platform = image.config.platform();
  manifest.annotations = {{containerd_name, name}, {reference_name, tag}};
  return encode(Index{{manifest}});
}

}  // namespace

Result<void> write_load_archive(engine::Files& files, const Image& image, const Reference& name, const fs::path& archive, const std::function<bool()>& is_stopped) {
  ArchiveFile file(files, archive, is_stopped);
  const std::string full_name = reference_text(name);
  if (auto begun = file.begin(); !begun) return begun;
  if (auto added = file.blob(image.blob(image.manifest.config), image.manifest.config); !added) return added;
  for (const Descriptor& layer : image.manifest.layers) {
    if (auto added = file.blob(image.blob(layer), layer); !added) return added;
  }
  if (auto added = file.text(blob_name(image.digest), image.manifest_text); !added) return added;
  if (auto added = file.text("index.json", index_of(image, full_name, name.tag)); !added) return added;
  if (auto added = file.text("manifest.json", docker_manifest(image, full_name)); !added) return added;
  if (auto added = file.text("oci-layout", R"({"imageLayoutVersion":"1.0.0"})"); !added) return added;
  return file.finish();
}

}  // namespace sdlrun::stages::image
