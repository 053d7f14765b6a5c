#include "engine/cache/linked_content.hpp"

namespace sdlrun::engine {

namespace {

/// Smaller ones are read as fast as they are looked up.
constexpr std::uint64_t smallest = 1024 * 1024;

/// The time of its last change counts a new link too.
bool has_same_content(const FileStatus& one, const FileStatus& other) {
  return one.inode == other.inode && one.device == other.device && one.size == other.size && one.modified == other.modified;
}

bool was_written_before_this_tick(FileStatus status) {
  status.changed = status.modified;
  return is_older_than_a_tick(status);
}

}  // namespace

Result<FileContent> LinkedContent::content_of(const Files& files, const std::filesystem::path& path, const FileStatus& status) const {
  if (status.links == 1 || status.size < smallest) return engine::content_of(files, path);
  // Stands among the paths of other files, and is none.
  const std::filesystem::path name = "inode " + std::to_string(status.inode) + " of " + std::to_string(status.device) + " since " + boot_;
  const auto known = memory_.find(name);
  if (known && has_same_content(known->status, status)) return FileContent{known->digest, status.size};
  const bool may_be_remembered = was_written_before_this_tick(status);
  auto content = engine::content_of(files, path);
  if (content && may_be_remembered) memory_.remember(name, {status, content->digits});
  return content;
}

}  // namespace sdlrun::engine
