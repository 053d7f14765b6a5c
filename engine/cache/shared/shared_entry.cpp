#include "engine/cache/shared/shared_entry.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/cache/file_values.hpp"
#include "engine/cache/shared/cache_server.hpp"
#include "engine/cache/value_codec.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr std::size_t digits_in_digest = 64;

bool is_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  if (text.ends_with("+x")) text.remove_suffix(2);
  if (!text.starts_with(prefix) || text.size() != prefix.size() + digits_in_digest) return false;
  text.remove_prefix(prefix.size());
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// ---- writing -------------------------------------------------------------------------------------------------------

json encoded(const SharedFile& file) {
  json entry = json::array();
  switch (file.kind) {
    case FileKind::regular:
      entry = {"file", encode_text(file.path), file.digest, file.size};
      break;
    case FileKind::symbolic_link: entry = {"link", encode_text(file.path), encode_text(file.target)}; break;
    case FileKind::directory:
    case FileKind::other: entry = {"folder", encode_text(file.path)}; break;
  }
  return entry;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Real values nest by their types; memory is not to go into a text made of brackets.
bool is_flat_enough(std::string_view text) {
  constexpr int deepest = 200;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    in_text = c == '"';
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > deepest) return false;
  }
  return true;
}

std::optional<std::string> text_at(const json& array, std::size_t index) { return index < array.size() ? decode_text(array[index]) : std::nullopt; }

std::optional<SharedFile> decoded_file(const json& entry) {
  if (!entry.is_array()) return std::nullopt;
  const auto kind = text_at(entry, 0);
  auto path = text_at(entry, 1);
  if (!kind || !path || !is_portable_path(*path)) return std::nullopt;
  if (*kind == "folder" && entry.size() == 2) return SharedFile{.kind = FileKind::directory, .path = std::move(*path)};
  auto third = text_at(entry, 2);
  if (!third) return std::nullopt;
  if (*kind == "link" && entry.size() == 3 && is_portable_link(*path, *third)) {
    return SharedFile{.kind = FileKind::symbolic_link, .path = std::move(*path), .target = std::move(*third)};
  }
  const bool is_file = *kind == "file" && entry.size() == 4 && entry[3].is_number_unsigned() && is_digest(*third);
  if (!is_file || entry[3].get<std::uint64_t>() > largest_blob) return std::nullopt;
  return SharedFile{.path = std::move(*path), .digest = std::move(*third), .size = entry[3].get<std::uint64_t>()};
}

/// Each path once, and only folders above one.
bool is_a_tree(const std::vector<SharedFile>& files) {
  std::map<std::string_view, FileKind> kinds;
  for (const SharedFile& file : files) {
    if (!kinds.emplace(file.path, file.kind).second) return false;
  }
  return std::all_of(files.begin(), files.end(), [&](const SharedFile& file) {
    const std::string_view path = file.path;
    for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      const auto above = kinds.find(path.substr(0, slash));
      if (above != kinds.end() && above->second != FileKind::directory) return false;
    }
    return true;
  });
}

bool holds_only_portable_files(const dsl::Fields& outputs) {
  return every_file(outputs, [](const dsl::Value& value) {
    const bool is_folder = value.as<dsl::DirValue>() != nullptr;
    return (is_folder && path_of(value) == ".") || is_portable_path(path_of(value));
  });
}

std::optional<std::vector<SharedFile>> decoded_files(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<SharedFile> files;
  std::uint64_t size = 0;
  for (const json& entry : list) {
    auto file = decoded_file(entry);
    if (!file) return std::nullopt;
    size += file->size;
    if (size > largest_blob) return std::nullopt;
    files.push_back(std::move(*file));
  }
  if (!is_a_tree(files)) return std::nullopt;
  return files;
}

std::optional<std::vector<std::string>> decoded_warnings(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> warnings;
  for (const json& entry : list) {
    auto text = decode_text(entry);
    if (!text) return std::nullopt;
    warnings.push_back(std::move(*text));
  }
  return warnings;
}

/// A member, or null where there is none.
const json& member(const json& object, const char* name) {
  static const json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

tl::unexpected<Error> not_an_entry(const std::string& what) {
  return failure("what it holds for a step is " + what, "is it a cache of sdlrun's? See docs/shared-cache.md");
}

}  // namespace

std::string SharedFile::digits() const {
  const std::size_t colon = digest.find(':');
  return digest.substr(colon == std::string::npos ? 0 : colon + 1, digits_in_digest);
}

std::string encode_shared_entry(const SharedEntry& entry) {
  json document = {{"sdlrun", format_version}, {"key", entry.key}, {"outputs", encode_fields(entry.outputs, {})}, {"duration_ms", entry.duration.count()}};
  document["files"] = json::array();
  for (const SharedFile& file : entry.files) document["files"].push_back(encoded(file));
  document["warnings"] = json::array();
  for (const std::string& warning : entry.warnings) document["warnings"].push_back(encode_text(warning));
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<SharedEntry> decode_shared_entry(std::string_view text, std::string_view key) {
  if (text.size() > largest_entry || !is_flat_enough(text)) return not_an_entry("no result");
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !member(document, "sdlrun").is_number_integer()) return not_an_entry("no result");
  if (member(document, "sdlrun") != format_version) return not_an_entry("of another version of sdlrun");
  if (member(document, "key") != std::string(key)) return not_an_entry("the result of another step");
  auto outputs = decode_fields(member(document, "outputs"), {});
  auto files = decoded_files(member(document, "files"));
  auto warnings = decoded_warnings(member(document, "warnings"));
  const json& duration = member(document, "duration_ms");
  if (!outputs || !files || !warnings || !duration.is_number_unsigned()) return not_an_entry("damaged, or was made to do harm");
  if (!holds_only_portable_files(*outputs)) return not_an_entry("damaged, or was made to do harm");
  constexpr std::uint64_t longest_duration = std::uint64_t{1} << 40;
  return SharedEntry{.key = std::string(key),
                     .outputs = std::move(*outputs),
                     .files = std::move(*files),
                     .warnings = std::move(*warnings),
                     .duration = Milliseconds(static_cast<std::int64_t>(std::min(duration.get<std::uint64_t>(), longest_duration)))};
}

}  // namespace sdlrun::engine
