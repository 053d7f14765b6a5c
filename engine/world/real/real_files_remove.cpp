// RealFiles::protect, make_executable and remove: permissions taken and given, and files that are gone in spite of them.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/world/real/file_error.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

using Path = std::filesystem::path;

Result<void> change_mode(const Path& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) return file_failure("change the permissions of", path, errno);
  return {};
}

// A folder that may not be written cannot be emptied, and one that may not be read cannot even be looked into.
Result<void> make_folders_writable(const RealFiles& files, const Path& root) {
  std::vector<Path> waiting{root};
  while (!waiting.empty()) {
    const Path path = std::move(waiting.back());
    waiting.pop_back();
    const auto status = files.status(path);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value() || (*status)->kind != FileKind::directory) continue;
    if (auto changed = change_mode(path, 0700); !changed) return changed;
    const auto names = files.list(path);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) waiting.push_back(path / name);
  }
  return {};
}

}  // namespace

Result<void> RealFiles::protect(const Path& root) {
  std::vector<Path> waiting{root};
  while (!waiting.empty()) {
    const Path path = std::move(waiting.back());
    waiting.pop_back();
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return file_failure("protect", path, errno);
    if (S_ISREG(found.st_mode) && (found.st_mode & 0222) != 0) {
      if (auto changed = change_mode(path, found.st_mode & 0555); !changed) return changed;
    }
    if (!S_ISDIR(found.st_mode)) continue;
    const auto names = list(path);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) waiting.push_back(path / name);
  }
  return {};
}

/// As its parent, which is ours: whoever changed it may have changed who can write there.
bool RealFiles::is_as_made(const Path& directory) const {
  struct stat found {};
  struct stat parent {};
  if (::lstat(directory.c_str(), &found) != 0 || ::lstat(directory.parent_path().c_str(), &parent) != 0) return false;
  return S_ISDIR(found.st_mode) && found.st_mode == parent.st_mode && found.st_uid == parent.st_uid && found.st_gid == parent.st_gid;
}

bool RealFiles::make_as_new(const Path& directory) {
  if (!is_as_made(directory)) return false;
  const auto names = list(directory);
  return names && std::all_of(names->begin(), names->end(), [&](const std::string& name) {
           return ::unlink((directory / name).c_str()) == 0 || remove(directory / name).has_value();
         });
}

Result<void> RealFiles::make_executable(const Path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return file_failure("look at", path, errno);
  return change_mode(path, (found.st_mode & 0777) | ((found.st_mode & 0444) >> 2));
}

Result<void> RealFiles::remove(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error == std::errc::permission_denied) {
    if (auto writable = make_folders_writable(*this, path); !writable) return writable;
    std::filesystem::remove_all(path, error);
  }
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
    return file_failure("remove", path, error.value());
  }
  return {};
}

}  // namespace sdlrun::engine
