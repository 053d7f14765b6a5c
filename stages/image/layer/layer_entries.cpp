#include "stages/image/layer/layer_entries.hpp"

#include "stages/image/layer/place.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::FileKind;
using engine::Result;

namespace {

/// One walk through a folder.
class Collector {
 public:
  Collector(const engine::Files& files, LayerEntries& entries, const Wanted& wanted) : files_(files), entries_(entries), wanted_(wanted) {}

  Result<void> add(const fs::path& source, const std::string& place, const std::string& inside, const engine::FileStatus& status) {
    if (!inside.empty() && !wanted_(inside)) return {};
    LayerEntry entry{.kind = status.kind, .source = source, .size = status.size, .executable = status.executable};
    if (status.kind == FileKind::other) return engine::failure("`" + source.string() + "` is a pipe, socket or device: an image holds files, folders and links");
    if (status.kind == FileKind::symbolic_link) {
      auto target = files_.read_link(source);
      if (!target) return tl::unexpected(std::move(target.error()));
      entry.target = std::move(*target);
    }
    if (auto put = put_entry(place, std::move(entry)); !put) return put;
    return status.kind == FileKind::directory ? add_folder(source, place, inside) : Result<void>();
  }

 private:
  Result<void> add_folder(const fs::path& source, const std::string& place, const std::string& inside) {
    const auto names = files_.list(source);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) {
      const auto status = files_.status(source / name);
      if (!status) return tl::unexpected(status.error());
      if (!status->has_value()) continue;
      // What the engine writes is no content of the folder, and in nobody's key.
      if (name == ".sdl" && (*status)->kind == FileKind::directory) continue;
      if (name.starts_with(whiteout)) {
        return engine::failure("`" + (source / name).string() + "`: a name that begins with `.wh.` means in an image that something is removed", "give the file another name");
      }
      if (auto added = add(source / name, below(place, name), below(inside, name), **status); !added) return added;
    }
    return {};
  }

  Result<void> put_entry(const std::string& place, LayerEntry entry) {
    if (place.empty()) return {};
    const auto [found, is_new] = entries_.emplace(place, entry);
    const bool are_folders = found->second.kind == FileKind::directory && entry.kind == FileKind::directory;
    if (is_new || are_folders) return {};
    return engine::failure("two things are to lie at `/" + place + "` in the image", "take one of them out of `files`",
                           found->second.source.string() + "\n" + entry.source.string());
  }

  const engine::Files& files_;
  LayerEntries& entries_;
  const Wanted& wanted_;
};

}  // namespace

Result<std::string> checked_place(const std::string& place) {
  const std::string hint = "a place in the image is a full path such as \"/opt/app/train.py\"";
  if (!place.starts_with('/')) return engine::failure("`" + place + "` is no place in the image: it does not begin with `/`", hint);
  if (place.find('\0') != std::string::npos) return engine::failure("a place in the image holds a NUL character", hint);
  std::string result;
  for (const fs::path& part : fs::path(place)) {
    const std::string name = part.string();
    if (name == "/") continue;
    if (name.empty()) return engine::failure("`" + place + "` ends with a slash", "write the full name that it is to have there");
    if (name == "." || name == "..") return engine::failure("`" + place + "` holds `" + name + "`", hint);
    if (name.starts_with(whiteout)) return engine::failure("`" + place + "`: a name that begins with `.wh.` means in an image that something is removed", "give it another name");
    result = below(result, name);
  }
  return result;
}

Result<void> add_entries(const engine::Files& files, const fs::path& source, const std::string& place, LayerEntries& entries, const Wanted& wanted) {
  fs::path path = source;
  constexpr int most_links = 40;
  for (int links = 0; links < most_links; ++links) {
    const auto status = files.status(path);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value()) return engine::failure("`" + path.string() + "` is not there");
    // Named itself, a link stands for what it leads to, as in the key.
    if ((*status)->kind != FileKind::symbolic_link) return Collector(files, entries, wanted).add(path, place, "", **status);
    const auto target = files.read_link(path);
    if (!target) return tl::unexpected(target.error());
    path = path.parent_path() / *target;
  }
  return engine::failure("`" + source.string() + "` is a link that leads back to itself");
}

Result<LayerEntries> placed_above(const BaseTree& base, const LayerEntries& entries) {
  LayerEntries placed;
  std::map<std::string, std::string> resolved_folders;
  for (const auto& [place, entry] : entries) {
    const std::string folder = folder_of(place);
    const bool is_folder = entry.kind == FileKind::directory;
    const auto known = resolved_folders.find(folder);
    Result<std::string> reached = is_folder ? base.resolved(place) : known != resolved_folders.end() ? known->second : base.resolved(folder);
    if (!reached) return tl::unexpected(std::move(reached.error()));
    if (!is_folder) {
      if (known == resolved_folders.end()) resolved_folders.emplace(folder, *reached);
      reached = below(*reached, place.substr(folder.empty() ? 0 : folder.size() + 1));
    }
    if (is_folder && base.has_folder(*reached)) continue;
    for (std::string above = folder_of(*reached); !above.empty() && !base.has_folder(above) && !placed.contains(above); above = folder_of(above)) {
      placed[above] = {.kind = FileKind::directory};
    }
    placed.insert_or_assign(std::move(*reached), entry);
  }
  return placed;
}

}  // namespace sdlrun::stages::image
