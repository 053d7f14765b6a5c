// The folders and links of a base image, as its layers leave them: a file that is put into the image must not change the
// folders above it, and where the base has a link in its way (`/bin` is one to `usr/bin`), it goes where that leads.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/files.hpp"
#include "stages/image/oci/descriptor.hpp"

namespace sdlrun::stages::image {

/// Places are written as in tar: "usr/bin".
struct LayerChange {
  enum class Kind : char { folder = 'd', link = 'l', removed = 'w', emptied = 'o' };
  Kind kind = Kind::folder;
  std::string place = {};
  std::string target = {};  // of a link
  friend bool operator==(const LayerChange&, const LayerChange&) = default;
};
using LayerChanges = std::vector<LayerChange>;

/// Reads a layer through, and compares it with the digest that the configuration has for it. None: it is compressed in a
/// way that we do not read.
engine::Result<std::optional<LayerChanges>> read_changes(const engine::Files& files, const std::filesystem::path& blob, const Descriptor& layer, const std::string& diff_id);

std::string encode(const LayerChanges& changes);
std::optional<LayerChanges> decode_changes(std::string_view text);

class BaseTree {
 public:
  void apply(const LayerChanges& changes);
  bool has_folder(const std::string& place) const { return place.empty() || folders_.contains(place); }
  /// The same place with all links on the way to it followed; its own name too, where it leads to a folder. Links that lead
  /// in a circle are an error that names one of them.
  engine::Result<std::string> resolved(const std::string& place) const;

 private:
  void remove_below(const std::string& place);

  std::map<std::string, std::string> folders_;  // to nothing: a set whose ranges are erased as those of the links
  std::map<std::string, std::string> links_;
};

}  // namespace sdlrun::stages::image
