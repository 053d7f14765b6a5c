#include "engine/world/fake/fake_files.hpp"

#include <cerrno>

#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

namespace {

std::string normal(const std::filesystem::path& path) {
  std::string text = ("/" / path).lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string parent(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

/// What all names below a folder begin with.
std::string prefix_of(const std::string& folder) {
  return folder == "/" ? folder : folder + '/';
}

}  // namespace

// ---- what tests ask and arrange ------------------------------------------------------------------------------------

void FakeFiles::put(const Path& path, std::string_view content, bool executable) {
  const std::lock_guard lock(mutex_);
  make_folders_above(normal(path));
  Entry& entry = make_entry(normal(path), FileKind::regular);
  entry.content = content;
  entry.status.size = content.size();
  entry.status.executable = executable;
}

void FakeFiles::corrupt(const Path& path, std::string_view content) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(normal(path));
  entry.content = content;
  touch(entry);
}

void FakeFiles::fail_changes_after(std::size_t successes, Error error, std::size_t count) {
  const std::lock_guard lock(mutex_);
  fault_ = Fault{successes, count, std::move(error)};
}

void FakeFiles::fail_reads_of(const Path& path, Error error) {
  const std::lock_guard lock(mutex_);
  unreadable_.insert_or_assign(normal(path), std::move(error));
}

std::size_t FakeFiles::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::size_t FakeFiles::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

std::vector<std::string> FakeFiles::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : entries_) {
    if (entry.status.kind != FileKind::directory) paths.push_back(path);
  }
  return paths;
}

bool FakeFiles::is_protected(const Path& path) const {
  const std::lock_guard lock(mutex_);
  return entries_.at(normal(path)).is_protected;
}

// ---- reading -------------------------------------------------------------------------------------------------------

Result<std::optional<FileStatus>> FakeFiles::status(const Path& path) const {
  const std::lock_guard lock(mutex_);
  if (normal(path) == "/") return FileStatus{.kind = FileKind::directory};
  const auto found = entries_.find(normal(path));
  return found == entries_.end() ? std::nullopt : std::optional(found->second.status);
}

Result<std::vector<std::string>> FakeFiles::list(const Path& directory) const {
  const std::lock_guard lock(mutex_);
  const std::string folder = normal(directory);
  const auto found = entries_.find(folder);
  if (folder != "/" && found == entries_.end()) return file_failure("list", directory, ENOENT);
  if (folder != "/" && found->second.status.kind != FileKind::directory)
    return file_failure("list", directory, ENOTDIR);
  const std::string prefix = prefix_of(folder);
  std::set<std::string> names;
  for (auto entry = entries_.lower_bound(prefix); entry != entries_.end() && entry->first.starts_with(prefix);
       ++entry) {
    const std::string rest = entry->first.substr(prefix.size());
    names.insert(rest.substr(0, rest.find('/')));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::string> FakeFiles::read(const Path& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(normal(path));
  if (found == entries_.end()) return file_failure("read", path, ENOENT);
  if (found->second.status.kind == FileKind::directory) return file_failure("read", path, EISDIR);
  if (const auto fault = unreadable_.find(normal(path)); fault != unreadable_.end())
    return tl::unexpected(fault->second);
  ++reads_;
  return found->second.content;
}

Result<std::string> FakeFiles::read_link(const Path& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(normal(path));
  if (found == entries_.end()) return file_failure("read the link", path, ENOENT);
  if (found->second.status.kind != FileKind::symbolic_link) return file_failure("read the link", path, EINVAL);
  return found->second.content;
}

Result<void> FakeFiles::read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const {
  const auto content = read(path);
  if (!content) return tl::unexpected(content.error());
  // Two pieces, so that whoever takes only the first is found out.
  const std::string_view all = *content;
  take(all.substr(0, all.size() / 2));
  take(all.substr(all.size() / 2));
  return {};
}

// ---- changing ------------------------------------------------------------------------------------------------------

Result<void> FakeFiles::write(const Path& path, std::string_view content) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  if (auto parent_there = need_parent(normal(path)); !parent_there) return parent_there;
  if (has_entries_below(normal(path))) return file_failure("write", path, EISDIR);
  Entry& entry = make_entry(normal(path), FileKind::regular);
  entry.content = content;
  entry.status.size = content.size();
  unreadable_.erase(normal(path));
  return {};
}

Result<void> FakeFiles::append(const Path& path, std::string_view content) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  if (auto parent_there = need_parent(normal(path)); !parent_there) return parent_there;
  const auto found = entries_.find(normal(path));
  if (found != entries_.end() && found->second.is_protected) return file_failure("write", path, EACCES);
  Entry& entry = found != entries_.end() ? found->second : make_entry(normal(path), FileKind::regular);
  entry.content += content;
  entry.status.size = entry.content.size();
  touch(entry);
  return {};
}

Result<void> FakeFiles::make_directories(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  for (std::string above = normal(path); above != "/"; above = parent(above)) {
    const auto found = entries_.find(above);
    if (found != entries_.end() && found->second.status.kind != FileKind::directory) {
      return file_failure("make the folder", path, above == normal(path) ? EEXIST : ENOTDIR);
    }
  }
  make_folders_above(normal(path / "entry"));
  return {};
}

Result<void> FakeFiles::make_symbolic_link(const Path& target, const Path& link) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  if (auto parent_there = need_parent(normal(link)); !parent_there) return parent_there;
  if (entries_.contains(normal(link))) return file_failure("make the link", link, EEXIST);
  make_entry(normal(link), FileKind::symbolic_link).content = target.string();
  return {};
}

Result<void> FakeFiles::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  const std::string old_name = normal(from), new_name = normal(to);
  const auto found = entries_.find(old_name);
  if (found == entries_.end()) return file_failure("rename", from, ENOENT);
  if (auto parent_there = need_parent(new_name); !parent_there) return parent_there;
  if (has_entries_below(new_name)) return file_failure("rename", from, ENOTEMPTY);
  Entries moved;
  for (auto entry = found; entry != end_of_tree(old_name); ++entry) {
    if (entry->first != old_name && !entry->first.starts_with(prefix_of(old_name))) continue;
    moved.insert_or_assign(new_name + entry->first.substr(old_name.size()), entry->second);
  }
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first == old_name || entry.first.starts_with(prefix_of(old_name)) || entry.first == new_name;
  });
  moved.at(new_name).status.changed = ++now_;
  entries_.merge(moved);
  return {};
}

Result<void> FakeFiles::clone(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  const auto found = entries_.find(normal(from));
  if (found == entries_.end()) return file_failure("copy", from, ENOENT);
  if (found->second.status.kind != FileKind::regular) return file_failure("copy", from, EISDIR);
  if (auto parent_there = need_parent(normal(to)); !parent_there) return parent_there;
  if (entries_.contains(normal(to))) return file_failure("write", to, EEXIST);
  const Entry source = found->second;
  Entry& entry = make_entry(normal(to), FileKind::regular);
  entry.content = source.content;
  entry.is_protected = source.is_protected;
  entry.status.size = source.status.size;
  entry.status.executable = source.status.executable;
  return {};
}

Result<void> FakeFiles::protect(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  if (!entries_.contains(normal(path))) return file_failure("protect", path, ENOENT);
  for (auto& [name, entry] : entries_) {
    const bool is_meant = name == normal(path) || name.starts_with(prefix_of(normal(path)));
    if (!is_meant || entry.status.kind != FileKind::regular) continue;
    entry.is_protected = true;
    entry.status.changed = ++now_;
  }
  return {};
}

Result<void> FakeFiles::make_executable(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  const auto found = entries_.find(normal(path));
  if (found == entries_.end()) return file_failure("look at", path, ENOENT);
  found->second.status.executable = true;
  found->second.status.changed = ++now_;
  return {};
}

Result<void> FakeFiles::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  const std::string root = normal(path);
  std::erase_if(entries_,
                [&](const auto& entry) { return entry.first == root || entry.first.starts_with(prefix_of(root)); });
  return {};
}

Result<std::shared_ptr<void>> FakeFiles::try_lock(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return tl::unexpected(ready.error());
  const std::string name = normal(path);
  if (auto parent_there = need_parent(name); !parent_there) return tl::unexpected(parent_there.error());
  if (!locked_.insert(name).second) return std::shared_ptr<void>();
  if (!entries_.contains(name)) make_entry(name, FileKind::regular);
  return std::shared_ptr<void>(this, [name](void* files) {
    auto* self = static_cast<FakeFiles*>(files);
    const std::lock_guard unlock(self->mutex_);
    self->locked_.erase(name);
  });
}

// ---- within ---------------------------------------------------------------------------------------------------------

Result<void> FakeFiles::begin_change() {
  ++changes_;
  if (!fault_) return {};
  if (fault_->successes > 0) {
    --fault_->successes;
    return {};
  }
  Error error = fault_->error;
  if (--fault_->count == 0) fault_.reset();
  return tl::unexpected(std::move(error));
}

Result<void> FakeFiles::need_parent(const std::string& path) const {
  const std::string folder = parent(path);
  if (folder == "/") return {};
  const auto found = entries_.find(folder);
  if (found == entries_.end()) return file_failure("write", path, ENOENT);
  if (found->second.status.kind != FileKind::directory) return file_failure("write", path, ENOTDIR);
  return {};
}

FakeFiles::Entry& FakeFiles::make_entry(const std::string& path, FileKind kind) {
  Entry entry;
  entry.status.kind = kind;
  entry.status.inode = next_inode_++;
  touch(entry);
  return entries_.insert_or_assign(path, std::move(entry)).first->second;
}

void FakeFiles::make_folders_above(const std::string& path) {
  for (std::string above = parent(path); above != "/"; above = parent(above)) {
    if (!entries_.contains(above)) make_entry(above, FileKind::directory);
  }
}

void FakeFiles::touch(Entry& entry) {
  entry.status.modified = entry.status.changed = ++now_;
}

FakeFiles::Entries::iterator FakeFiles::end_of_tree(const std::string& path) {
  return entries_.lower_bound(path + static_cast<char>('/' + 1));
}

bool FakeFiles::has_entries_below(const std::string& path) const {
  const auto next = entries_.lower_bound(prefix_of(path));
  return next != entries_.end() && next->first.starts_with(prefix_of(path));
}

}  // namespace sdlrun::engine
