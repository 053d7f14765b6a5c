#include "stages/image/oci/descriptor.hpp"

#include <algorithm>
#include <vector>

#include "engine/cache/digest.hpp"

namespace sdlrun::stages::image {

namespace {

constexpr std::string_view digest_prefix = "sha256:";

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == '/') parts.emplace_back();
    else parts.back() += letter;
  }
  return parts;
}

bool is_word(const std::string& text) {
  return !text.empty() && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_'; });
}

}  // namespace

engine::Result<Platform> parse_platform(std::string_view text) {
  const std::vector<std::string> parts = parts_of(text);
  if (parts.size() < 2 || parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), is_word)) {
    return engine::failure("`" + std::string(text) + "` is no platform", "it looks like \"linux/amd64\" or \"linux/arm64\"");
  }
  Platform platform{.os = parts[0], .architecture = parts[1], .variant = parts.size() == 3 ? parts[2] : ""};
  if (platform.architecture == "x86_64") platform.architecture = "amd64";
  if (platform.architecture == "aarch64") platform.architecture = "arm64";
  return platform;
}

std::string platform_text(const Platform& platform) {
  return platform.os + '/' + platform.architecture + (platform.variant.empty() ? "" : '/' + platform.variant);
}

bool serves(const Platform& offered, const Platform& wanted) {
  const auto variant = [](const Platform& platform) { return platform.architecture == "arm64" && platform.variant == "v8" ? std::string() : platform.variant; };
  return offered.os == wanted.os && offered.architecture == wanted.architecture && (variant(wanted).empty() || variant(offered) == variant(wanted));
}

bool is_digest(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!text.starts_with(digest_prefix)) return false;
  text.remove_prefix(digest_prefix.size());
  return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

std::string digits_of(const std::string& digest) { return digest.substr(digest_prefix.size()); }

std::string digest_of_bytes(std::string_view bytes) { return std::string(digest_prefix) + engine::sha256(bytes); }

std::string as_oci_layer(const std::string& media_type) {
  if (media_type == media::docker_layer_gzip) return media::layer_gzip;
  if (media_type == media::docker_layer) return media::layer;
  return media_type;
}

}  // namespace sdlrun::stages::image
