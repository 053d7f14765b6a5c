#include "engine/world/fake/fake_files.hpp"

#include <cerrno>
#include <limits>

#include "engine/world/fake/fake_paths.hpp"
#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

using fake_paths::normal;
using fake_paths::parent;
using fake_paths::prefix_of;

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

DiskFault crash_after(std::size_t successes, double part) {
  return {.successes = successes,
          .count = std::numeric_limits<std::size_t>::max(),
          .error = Error{"the engine was killed"},
          .part = part};
}

void FakeFiles::fail_changes_after(std::size_t successes, Error error, std::size_t count) {
  set_faults({{.successes = successes, .count = count, .error = std::move(error)}});
}

void FakeFiles::set_faults(std::deque<DiskFault> faults) {
  const std::lock_guard lock(mutex_);
  faults_ = std::move(faults);
}

std::string FakeFiles::first_fault() const {
  const std::lock_guard lock(mutex_);
  return first_fault_;
}

void FakeFiles::heal() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  first_fault_.clear();
}

void FakeFiles::fail_reads_of(const Path& path, Error error) {
  const std::lock_guard lock(mutex_);
  unreadable_.insert_or_assign(normal(path), std::move(error));
}

Result<void> FakeFiles::sync(const Path& path) {
  const std::lock_guard lock(mutex_);
  ++syncs_;
  return faults_.empty() || first_fault_.empty() ? Result<void>() : file_failure("sync", path, EIO);
}

std::size_t FakeFiles::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
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

std::string FakeFiles::read_at(const Path& path, std::uint64_t offset, std::size_t length) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(normal(path));
  if (found == entries_.end() || offset >= found->second.content.size()) return {};
  return found->second.content.substr(offset, length);
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

// ---- within ---------------------------------------------------------------------------------------------------------

Result<void> FakeFiles::begin_change(std::string_view kind, const Path& path, const InPart& in_part) {
  ++changes_;
  if (faults_.empty() || !path.native().starts_with(faults_.front().below)) return {};
  DiskFault& fault = faults_.front();
  if (fault.successes > 0) {
    --fault.successes;
    return {};
  }
  Error error = fault.error;
  if (first_fault_.empty()) first_fault_ = std::string(kind) + ' ' + path.string();
  if (const double part = std::exchange(fault.part, 0); part > 0 && in_part) in_part(part);
  fault.below.clear();
  if (--fault.count == 0) faults_.pop_front();
  return tl::unexpected(std::move(error));
}

Result<void> FakeFiles::put_at(const std::string& path, std::uint64_t offset, std::string_view bytes) {
  if (auto parent_there = need_parent(path); !parent_there) return parent_there;
  const auto found = entries_.find(path);
  Entry& entry = found != entries_.end() ? found->second : make_entry(path, FileKind::regular);
  if (entry.content.size() < offset + bytes.size()) entry.content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), entry.content.begin() + static_cast<std::ptrdiff_t>(offset));
  entry.status.size = entry.content.size();
  touch(entry);
  return {};
}

/// The entry, and all that a folder holds, a folder before it.
std::vector<std::string> FakeFiles::below(const std::string& path) const {
  std::vector<std::string> names;
  if (entries_.contains(path)) names.push_back(path);
  const std::string prefix = prefix_of(path);
  for (auto entry = entries_.lower_bound(prefix); entry != entries_.end() && entry->first.starts_with(prefix); ++entry) {
    names.push_back(entry->first);
  }
  return names;
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

bool FakeFiles::has_entries_below(const std::string& path) const {
  const auto next = entries_.lower_bound(prefix_of(path));
  return next != entries_.end() && next->first.starts_with(prefix_of(path));
}

}  // namespace sdlrun::engine
