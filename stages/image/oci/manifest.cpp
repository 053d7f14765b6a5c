#include "stages/image/oci/manifest.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::image {

using nlohmann::json;

namespace {

constexpr std::string_view not_an_image = "it is no image that this sdlrun can read: only images by SHA-256 in the forms of OCI and of Docker (schema 2) are";

tl::unexpected<engine::Error> unreadable(const std::string& where, const std::string& what) {
  return engine::failure(where + ": " + what, std::string(not_an_image));
}

Annotations annotations_in(const json& object) {
  Annotations annotations;
  const json all = object_in(object, "annotations");  // `items` holds on to it
  for (const auto& [name, value] : all.items()) {
    if (value.is_string()) annotations[name] = value.get<std::string>();
  }
  return annotations;
}

std::optional<Platform> platform_in(const json& object) {
  const json platform = object_in(object, "platform");
  if (platform.empty()) return std::nullopt;
  return Platform{.os = text_in(platform, "os"), .architecture = text_in(platform, "architecture"), .variant = text_in(platform, "variant")};
}

engine::Result<Descriptor> descriptor_in(const json& object, const std::string& where) {
  Descriptor descriptor{.media_type = text_in(object, "mediaType"),
                        .digest = text_in(object, "digest"),
                        .size = 0,
                        .platform = platform_in(object),
                        .annotations = annotations_in(object)};
  if (!is_digest(descriptor.digest)) return unreadable(where, "`" + descriptor.digest + "` is no SHA-256 digest");
  const auto size = object.find("size");
  if (size == object.end() || !size->is_number_integer() || size->get<std::int64_t>() < 0) return unreadable(where, "the content " + descriptor.digest + " has no size");
  descriptor.size = static_cast<std::uint64_t>(size->get<std::int64_t>());
  return descriptor;
}

engine::Result<std::vector<Descriptor>> descriptors_in(const json& list, const std::string& where) {
  std::vector<Descriptor> descriptors;
  for (const json& each : list) {
    auto descriptor = descriptor_in(each, where);
    if (!descriptor) return tl::unexpected(std::move(descriptor.error()));
    descriptors.push_back(std::move(*descriptor));
  }
  return descriptors;
}

json to_json(const Descriptor& descriptor) {
  json object = {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest}, {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) object["annotations"] = descriptor.annotations;
  if (descriptor.platform) {
    object["platform"] = {{"os", descriptor.platform->os}, {"architecture", descriptor.platform->architecture}};
    if (!descriptor.platform->variant.empty()) object["platform"]["variant"] = descriptor.platform->variant;
  }
  return object;
}

}  // namespace

engine::Result<std::variant<Manifest, Index>> decode_manifest(std::string_view text, const std::string& where) {
  const json object = parsed_json(text);
  if (!object.is_object()) return unreadable(where, "the manifest is no JSON");
  if (const json manifests = list_in(object, "manifests"); !manifests.empty() || object.contains("manifests")) {
    auto descriptors = descriptors_in(manifests, where);
    if (!descriptors) return tl::unexpected(std::move(descriptors.error()));
    return Index{std::move(*descriptors)};
  }
  if (!object.contains("config") || !object.contains("layers")) return unreadable(where, "the manifest names neither a configuration with layers nor other manifests");
  auto config = descriptor_in(object_in(object, "config"), where);
  if (!config) return tl::unexpected(std::move(config.error()));
  auto layers = descriptors_in(list_in(object, "layers"), where);
  if (!layers) return tl::unexpected(std::move(layers.error()));
  const std::string type = text_in(object, "mediaType");
  return Manifest{.media_type = type.empty() ? media::manifest : type, .config = std::move(*config), .layers = std::move(*layers), .annotations = annotations_in(object)};
}

std::string encode(const Manifest& manifest) {
  json object = {{"schemaVersion", 2}, {"mediaType", manifest.media_type}, {"config", to_json(manifest.config)}, {"layers", json::array()}};
  for (const Descriptor& layer : manifest.layers) object["layers"].push_back(to_json(layer));
  if (!manifest.annotations.empty()) object["annotations"] = manifest.annotations;
  return object.dump();
}

std::string encode(const Index& index) {
  json object = {{"schemaVersion", 2}, {"mediaType", media::index}, {"manifests", json::array()}};
  for (const Descriptor& manifest : index.manifests) object["manifests"].push_back(to_json(manifest));
  return object.dump();
}

engine::Result<Descriptor> choose(const Index& index, const Platform& wanted, const std::string& where) {
  std::string offered;
  for (const Descriptor& each : index.manifests) {
    // Attestations stand beside the images, for a platform "unknown/unknown".
    if (each.platform && each.platform->os == "unknown") continue;
    if (!each.platform || serves(*each.platform, wanted)) return each;
    offered += (offered.empty() ? "" : ", ") + platform_text(*each.platform);
  }
  if (offered.empty()) return engine::failure(where + " holds no image");
  return engine::failure(where + " is not there for the platform " + platform_text(wanted), "it is there for " + offered + ": say so with `platform`, or take another image");
}

}  // namespace sdlrun::stages::image
