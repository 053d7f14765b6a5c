#include "engine/world/real/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

namespace {

// Who held the lock before may have removed the file between our open and our lock: then we hold a lock on nothing.
bool is_still_at(int descriptor, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

Result<void> FileLock::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> FileLock::truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) return file_failure("truncate", path_, errno);
  return {};
}

Result<std::optional<FileLock>> try_lock_file(const std::filesystem::path& path) {
  OwnedDescriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!descriptor) return file_failure("open", path, errno);
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    return file_failure("lock", path, errno);
  }
  if (!is_still_at(descriptor.get(), path)) return std::nullopt;
  return FileLock(path, std::move(descriptor));
}

Result<FileLock> share_lock_of_file(const std::filesystem::path& path) {
  while (true) {
    OwnedDescriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!descriptor) return file_failure("open", path, errno);
    while (::flock(descriptor.get(), LOCK_SH) != 0) {
      if (errno != EINTR) return file_failure("lock", path, errno);
    }
    if (is_still_at(descriptor.get(), path)) return FileLock(path, std::move(descriptor));
  }
}

}  // namespace sdlrun::engine
