// FakeFiles: what changes it, whole or, where a fault says so, in part.
#include <algorithm>
#include <cerrno>

#include "engine/world/fake/fake_files.hpp"
#include "engine/world/fake/fake_paths.hpp"
#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

using fake_paths::normal;
using fake_paths::parent;

namespace {

std::size_t first_of(std::size_t count, double part) {
  return static_cast<std::size_t>(part * static_cast<double>(count));
}

std::string_view torn(std::string_view bytes, double part) { return bytes.substr(0, first_of(bytes.size(), part)); }

}  // namespace

// ---- changing ------------------------------------------------------------------------------------------------------

Result<bool> FakeFiles::write_private(const Path& path, std::string_view content) {
  if (const auto there = status(path); !there || *there) return there ? Result<bool>(false) : tl::unexpected(there.error());
  return write(path, content).map([] { return true; });
}

Result<void> FakeFiles::write(const Path& path, std::string_view content) {
  const std::lock_guard lock(mutex_);
  const auto leave_a_temporary = [&](double part) {
    static_cast<void>(put_at(parent(normal(path)) + "/.sdlrun-torn", 0, torn(content, part)));
  };
  if (auto ready = begin_change("write", path, leave_a_temporary); !ready) return ready;
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
  const std::string name = normal(path);
  const auto found = entries_.find(name);
  const std::size_t end = found == entries_.end() ? 0 : found->second.content.size();
  const auto tear = [&](double part) { static_cast<void>(put_at(name, end, torn(content, part))); };
  if (auto ready = begin_change("append", path, tear); !ready) return ready;
  if (found != entries_.end() && found->second.is_protected) return file_failure("write", path, EACCES);
  return put_at(name, end, content);
}

Result<void> FakeFiles::write_at(const Path& path, std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  const auto tear = [&](double part) { static_cast<void>(put_at(normal(path), offset, torn(bytes, part))); };
  if (auto ready = begin_change("write in", path, tear); !ready) return ready;
  return put_at(normal(path), offset, bytes);
}

Result<void> FakeFiles::truncate(const Path& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change("truncate", path); !ready) return ready;
  const auto found = entries_.find(normal(path));
  if (found == entries_.end()) return file_failure("truncate", path, ENOENT);
  found->second.content.resize(size);
  found->second.status.size = size;
  touch(found->second);
  return {};
}

Result<void> FakeFiles::make_directories(const Path& path) {
  const std::lock_guard lock(mutex_);
  const auto make_some = [&](double part) {
    std::vector<std::string> missing;
    for (std::string above = normal(path); above != "/" && !entries_.contains(above); above = parent(above)) {
      missing.push_back(above);
    }
    std::reverse(missing.begin(), missing.end());
    missing.resize(first_of(missing.size(), part));
    for (const std::string& folder : missing) make_entry(folder, FileKind::directory);
  };
  if (auto ready = begin_change("make the folder", path, make_some); !ready) return ready;
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
  if (auto ready = begin_change("link", link); !ready) return ready;
  if (auto parent_there = need_parent(normal(link)); !parent_there) return parent_there;
  if (entries_.contains(normal(link))) return file_failure("make the link", link, EEXIST);
  make_entry(normal(link), FileKind::symbolic_link).content = target.string();
  return {};
}

Result<void> FakeFiles::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change("rename", from); !ready) return ready;
  const std::string old_name = normal(from), new_name = normal(to);
  const auto found = entries_.find(old_name);
  if (found == entries_.end()) return file_failure("rename", from, ENOENT);
  if (auto parent_there = need_parent(new_name); !parent_there) return parent_there;
  if (has_entries_below(new_name)) return file_failure("rename", from, ENOTEMPTY);
  Entries moved;
  for (const std::string& name : below(old_name)) {
    moved.insert_or_assign(new_name + name.substr(old_name.size()), entries_.at(name));
    entries_.erase(name);
  }
  entries_.erase(new_name);
  moved.at(new_name).status.changed = ++now_;
  entries_.merge(moved);
  return {};
}

Result<void> FakeFiles::clone(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(normal(from));
  const auto copy_some = [&](double part) {
    if (found == entries_.end() || entries_.contains(normal(to))) return;
    static_cast<void>(put_at(normal(to), 0, torn(found->second.content, part)));
  };
  if (auto ready = begin_change("copy to", to, copy_some); !ready) return ready;
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
  const std::vector<std::string> all = below(normal(path));
  const auto protect_first = [&](double part) {
    for (std::size_t i = 0; i < first_of(all.size(), part); ++i) {
      Entry& entry = entries_.at(all[i]);
      if (entry.status.kind != FileKind::regular) continue;
      entry.is_protected = true;
      entry.status.changed = ++now_;
    }
  };
  if (auto ready = begin_change("protect", path, protect_first); !ready) return ready;
  if (!entries_.contains(normal(path))) return file_failure("protect", path, ENOENT);
  protect_first(1);
  return {};
}

Result<void> FakeFiles::make_executable(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (auto ready = begin_change("look at", path); !ready) return ready;
  const auto found = entries_.find(normal(path));
  if (found == entries_.end()) return file_failure("look at", path, ENOENT);
  found->second.status.executable = true;
  found->second.status.changed = ++now_;
  return {};
}

Result<void> FakeFiles::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all = below(normal(path));
  std::reverse(all.begin(), all.end());  // what a folder holds goes before it
  const auto remove_first = [&](double part) {
    for (std::size_t i = 0; i < first_of(all.size(), part); ++i) entries_.erase(all[i]);
  };
  if (auto ready = begin_change("remove", path, remove_first); !ready) return ready;
  remove_first(1);
  return {};
}

// ---- locks ---------------------------------------------------------------------------------------------------------

class FakeFiles::Lock final : public LockedFile {
 public:
  Lock(FakeFiles& files, std::string name) : files_(files), name_(std::move(name)) {}
  ~Lock() override {
    const std::lock_guard lock(files_.mutex_);
    files_.locked_.erase(name_);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override { return files_.write_at(name_, offset, bytes); }
  Result<void> truncate(std::uint64_t size) override { return files_.truncate(name_, size); }

 private:
  FakeFiles& files_;
  std::string name_;
};

Result<std::shared_ptr<LockedFile>> FakeFiles::try_lock(const Path& path) {
  const std::lock_guard lock(mutex_);
  const std::string name = normal(path);
  if (!entries_.contains(name)) {
    if (auto ready = begin_change("make to lock", path); !ready) return tl::unexpected(ready.error());
  }
  if (auto parent_there = need_parent(name); !parent_there) return tl::unexpected(parent_there.error());
  if (!locked_.insert(name).second) return std::shared_ptr<LockedFile>();
  if (!entries_.contains(name)) make_entry(name, FileKind::regular);
  return std::make_shared<Lock>(*this, name);
}

}  // namespace sdlrun::engine
