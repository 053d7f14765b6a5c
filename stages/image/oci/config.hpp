// An image's configuration: what is run in it, and the digests of its layers before compression. What a base says there
// and we do not know is kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/image/oci/manifest.hpp"

namespace sdlrun::stages::image {

struct Config {
  nlohmann::json document = nlohmann::json::object();

  Platform platform() const;
  std::vector<std::string> diff_ids() const;
  /// The value of a variable; empty where it is not set.
  std::string variable(std::string_view name) const;
};

engine::Result<Config> decode_config(std::string_view text, const Manifest& manifest, const std::string& where);
/// Of an image without layers.
Config empty_config(const Platform& platform);
std::string encode(const Config& config);

struct AddedLayer {
  std::string diff_id;
  std::string made_by;  // for `docker history`
};

struct ConfigChanges {
  std::vector<AddedLayer> layers = {};
  std::map<std::string, std::string> variables = {};
  std::map<std::string, std::string> labels = {};
  std::optional<std::string> user = {};
  /// Takes the base's command away too, as a Dockerfile's ENTRYPOINT does.
  std::optional<std::vector<std::string>> entrypoint = {};
};

/// No time of day goes in: the same changes of the same base give the same bytes.
Config changed(const Config& base, const ConfigChanges& changes);

}  // namespace sdlrun::stages::image
