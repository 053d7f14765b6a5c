#include "stages/kubernetes/artifacts/carried.hpp"

#include <optional>

#include "engine/cache/file_content.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using nlohmann::json;

namespace {

/// "sha256:…", with "+x" where it is executable.
std::optional<std::string> hexadecimal(const std::string& digest) {
  constexpr std::string_view beginning = "sha256:";
  constexpr std::size_t digits = 64;
  if (!digest.starts_with(beginning) || digest.size() < beginning.size() + digits) return std::nullopt;
  return digest.substr(beginning.size(), digits);
}

Result<CarriedEntry> file_entry(const engine::Files& files, const fs::path& source, std::string path, const std::string& known = {}) {
  std::error_code code;
  auto digits = hexadecimal(known);
  if (!digits) {
    auto content = engine::content_of(files, source);
    if (!content) return tl::unexpected(std::move(content.error()));
    digits = std::move(content->digits);
  }
  const bool is_executable = (fs::status(source, code).permissions() & fs::perms::owner_exec) != fs::perms::none;
  return CarriedEntry{.path = std::move(path), .sha256 = std::move(*digits), .size = fs::file_size(source, code), .is_executable = is_executable, .source = source};
}

}  // namespace

bool stays_inside(const std::string& name) {
  const fs::path normal = fs::path(name).lexically_normal();
  return !normal.empty() && !normal.is_absolute() && *normal.begin() != "..";
}

Result<std::vector<CarriedEntry>> carried_entries(const engine::Files& files, const fs::path& source, const std::string& path, const std::string& digest) {
  std::vector<CarriedEntry> entries;
  std::error_code code;
  if (!fs::is_directory(source, code)) {
    auto entry = file_entry(files, source, path, digest);
    if (!entry) return tl::unexpected(std::move(entry.error()));
    entries.push_back(std::move(*entry));
    return entries;
  }
  entries.push_back({.kind = CarriedEntry::Kind::folder, .path = path});
  for (fs::recursive_directory_iterator at(source, code), end; !code && at != end; at.increment(code)) {
    std::string name = path + '/' + at->path().lexically_relative(source).string();
    std::error_code unknown;
    if (at->is_symlink(unknown)) {
      entries.push_back({.kind = CarriedEntry::Kind::link, .path = std::move(name), .target = fs::read_symlink(at->path(), unknown).string()});
    } else if (at->is_directory(unknown)) {
      if (at->path().filename() == ".sdl") at.disable_recursion_pending();
      else entries.push_back({.kind = CarriedEntry::Kind::folder, .path = std::move(name)});
    } else {
      auto entry = file_entry(files, at->path(), std::move(name));
      if (!entry) return tl::unexpected(std::move(entry.error()));
      entries.push_back(std::move(*entry));
    }
  }
  if (code) return engine::failure("cannot read " + source.string() + ": " + code.message());
  return entries;
}

json list_of(const std::vector<CarriedEntry>& entries) {
  json list = json::array();
  for (const CarriedEntry& entry : entries) {
    json& added = list.emplace_back(json{{"path", entry.path}});
    if (entry.kind == CarriedEntry::Kind::folder) added["folder"] = true;
    if (entry.kind == CarriedEntry::Kind::link) added["link"] = entry.target;
    if (entry.kind == CarriedEntry::Kind::file) added.update({{"sha256", entry.sha256}, {"size", entry.size}, {"executable", entry.is_executable}});
  }
  return list;
}

Result<std::vector<CarriedEntry>> entries_of(const json& list) {
  if (!list.is_array()) return engine::failure("the job has left no list of its files");
  std::vector<CarriedEntry> entries;
  for (const json& each : list) {
    CarriedEntry entry{.path = text_in(each, "path"),
                       .sha256 = text_in(each, "sha256"),
                       .size = static_cast<std::uint64_t>(integer_at(each, {"size"})),
                       .is_executable = value_at(each, {"executable"}) == true,
                       .target = text_in(each, "link")};
    if (value_at(each, {"folder"}) == true) entry.kind = CarriedEntry::Kind::folder;
    if (!entry.target.empty()) entry.kind = CarriedEntry::Kind::link;
    if (!stays_inside(entry.path)) return engine::failure("the job names a file `" + entry.path + "`, which leads out of its folder");
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace sdlrun::stages::kubernetes
