#include "engine/cache/tree.hpp"

#include <cstdint>
#include <vector>

#include "engine/cache/digest.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// A folder on the way: what is still to be seen of it, and its listing so far. Kept in a vector, not on the stack,
/// because the depth is the user's.
struct OpenFolder {
  fs::path path;
  std::string name;
  std::string place;      // relative to the root, with a slash behind it; kept for filters only
  bool is_taken = true;   // else it counts where something in it does
  bool holds_any = false;
  std::vector<std::string> names;
  std::size_t next = 0;
  Sha256 listing;
};

/// Lengths before texts, so that no name can look like another entry.
void hash_text(Sha256& hash, std::string_view text) {
  hash.add(std::to_string(text.size()) + ':');
  hash.add(text);
}

void add_entry(Sha256& listing, std::string_view kind, std::string_view name, std::string_view content) {
  hash_text(listing, kind);
  hash_text(listing, name);
  hash_text(listing, content);
}

class TreeWalk {
 public:
  TreeWalk(const Files& files, TreeVisitor& visitor, const TreeFilter* filter) : files_(files), visitor_(visitor), filter_(filter) {}

  Result<std::string> digest(const fs::path& root) {
    if (auto opened = open(root, ""); !opened) return tl::unexpected(std::move(opened.error()));
    while (true) {
      OpenFolder& folder = *open_.back();
      if (folder.next < folder.names.size()) {
        if (auto seen = see(folder, folder.names[folder.next++]); !seen) return tl::unexpected(std::move(seen.error()));
        continue;
      }
      const std::string digest = "tree:" + folder.listing.hex();
      const std::string name = std::move(folder.name);
      const bool counts = folder.is_taken || folder.holds_any;
      open_.pop_back();
      if (open_.empty()) return digest;
      if (counts) add(*open_.back(), "dir", name, digest);
    }
  }

 private:
  Result<void> open(const fs::path& path, const std::string& name) {
    auto names = files_.list(path);
    if (!names) return tl::unexpected(std::move(names.error()));
    open_.push_back(std::make_unique<OpenFolder>());
    open_.back()->path = path;
    open_.back()->name = name;
    open_.back()->names = std::move(*names);
    return {};
  }

  static void add(OpenFolder& folder, std::string_view kind, std::string_view name, std::string_view content) {
    add_entry(folder.listing, kind, name, content);
    folder.holds_any = true;
  }

  Result<void> see(OpenFolder& folder, const std::string& name) {
    const fs::path path = folder.path / name;
    const std::string place = filter_ == nullptr ? std::string() : folder.place + name;
    const bool is_taken = filter_ == nullptr || filter_->takes(place);
    if (!is_taken && !filter_->may_take_below(place)) return {};
    auto status = files_.status(path);
    if (!status) return tl::unexpected(std::move(status.error()));
    if (!status->has_value()) return failure("`" + path.string() + "` went away while its folder was read");
    if (!is_taken && (*status)->kind != FileKind::directory) return {};
    switch ((*status)->kind) {
      case FileKind::regular:
        return see_file(folder, path, name, **status);
      case FileKind::symbolic_link:
        return see_link(folder, path, name);
      case FileKind::directory:
        return see_directory(path, name, place, is_taken);
      case FileKind::other:
        break;
    }
    return failure("`" + path.string() + "` is a pipe, socket or device: a folder of content cannot hold it",
                   "remove it, or name the files that matter instead of the folder");
  }

  Result<void> see_file(OpenFolder& folder, const fs::path& path, const std::string& name, const FileStatus& status) {
    auto digest = visitor_.file(path, status);
    if (!digest) return tl::unexpected(std::move(digest.error()));
    add(folder, "file", name, *digest);
    return {};
  }

  Result<void> see_link(OpenFolder& folder, const fs::path& path, const std::string& name) {
    auto target = files_.read_link(path);
    if (!target) return tl::unexpected(std::move(target.error()));
    add(folder, "link", name, *target);
    return visitor_.link(path, *target);
  }

  Result<void> see_directory(const fs::path& path, const std::string& name, const std::string& place, bool is_taken) {
    if (name == ".sdl") return {};
    if (is_taken) {
      if (auto seen = visitor_.directory(path); !seen) return seen;
    }
    if (auto opened = open(path, name); !opened) return opened;
    open_.back()->is_taken = is_taken;
    if (filter_ != nullptr) open_.back()->place = place + '/';
    return {};
  }

  const Files& files_;
  TreeVisitor& visitor_;
  const TreeFilter* filter_;
  std::vector<std::unique_ptr<OpenFolder>> open_;
};

}  // namespace

Result<std::string> tree_digest(const Files& files, const fs::path& root, TreeVisitor& visitor, const TreeFilter* filter) {
  return TreeWalk(files, visitor, filter).digest(root);
}

}  // namespace sdlrun::engine
