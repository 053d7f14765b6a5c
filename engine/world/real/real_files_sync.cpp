// RealFiles: what waits for the disk itself.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/world/real/file_error.hpp"
#include "engine/world/real/owned_descriptor.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

/// File systems that keep nothing on a disk refuse to sync; that is no failure.
bool is_refusal(int error) { return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EROFS; }

Result<void> sync_one(const std::filesystem::path& path) {
  const OwnedDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return file_failure("sync", path, errno);
  if (::fsync(descriptor.get()) != 0 && !is_refusal(errno)) return file_failure("sync", path, errno);
  return {};
}

}  // namespace

Result<void> RealFiles::write_synced(const Path& path, std::string_view content) {
  // A rename that reaches the disk before the content does would leave an empty file in the place of a whole one.
  const Path beside = path.string() + ".new-" + std::to_string(::getpid());
  if (auto written = write(beside, content); !written) return written;
  if (auto synced = sync_one(beside); !synced) return synced;
  if (auto renamed = rename(beside, path); !renamed) return renamed;
  // The folders that a project's first record makes: .sdl/outside, .sdl, and the project's own, which names .sdl.
  constexpr int folders_above = 3;
  Path folder = path.parent_path();
  for (int i = 0; i < folders_above && folder.has_relative_path(); ++i, folder = folder.parent_path()) {
    if (auto synced = sync_one(folder); !synced) return synced;
  }
  return {};
}

Result<void> RealFiles::sync(const Path& path) {
  const OwnedDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return file_failure("sync", path, errno);
  if (::syncfs(descriptor.get()) != 0 && !is_refusal(errno)) return file_failure("sync", path, errno);
  return {};
}

}  // namespace sdlrun::engine
