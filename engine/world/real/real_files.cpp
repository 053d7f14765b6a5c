#include "engine/world/real/real_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <random>

#include "engine/world/real/file_error.hpp"
#include "engine/world/real/file_lock.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

namespace {

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::symbolic_link;
  return FileKind::other;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// A pipe or a device would make us wait for ever: O_NONBLOCK opens it, and then it is refused.
Result<OwnedDescriptor> open_for_reading(const std::filesystem::path& path, std::uint64_t& size) {
  OwnedDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!descriptor) return file_failure("read", path, errno);
  struct stat found {};
  if (::fstat(descriptor.get(), &found) != 0) return file_failure("read", path, errno);
  if (S_ISDIR(found.st_mode)) return file_failure("read", path, EISDIR);
  if (!S_ISREG(found.st_mode)) return failure("cannot read `" + path.string() + "`: it is a pipe, socket or device");
  size = static_cast<std::uint64_t>(found.st_size);
  return descriptor;
}

Result<void> write_all(int descriptor, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Short, so that it fits wherever the name beside it does.
std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  // With the process's number: one that was forked has the same random numbers before it.
  return path.parent_path() / (std::string(RealFiles::temporary_prefix) + std::to_string(::getpid()) + '-' + std::to_string(random()));
}

Result<void> write_new(const std::filesystem::path& path, std::string_view content, mode_t mode = 0666) {
  OwnedDescriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!descriptor) return file_failure("write", path, errno);
  return write_all(descriptor.get(), content, path);
}

}  // namespace

Result<std::optional<FileStatus>> RealFiles::status_of(const std::string& path) const {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return file_failure("look at", path, errno);
  }
  return FileStatus{.kind = kind_of(found.st_mode),
                    .executable = S_ISREG(found.st_mode) && (found.st_mode & 0111) != 0,
                    .size = static_cast<std::uint64_t>(found.st_size),
                    .modified = nanoseconds(found.st_mtim),
                    .changed = nanoseconds(found.st_ctim),
                    .inode = found.st_ino,
                    .device = found.st_dev,
                    .links = found.st_nlink};
}

Result<std::vector<std::string>> RealFiles::list(const Path& directory) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
  if (stream == nullptr) return file_failure("list", directory, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return file_failure("list", directory, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> RealFiles::read(const Path& path) const {
  std::string content;
  const auto done = read_pieces(path, [&](std::string_view piece) { content += piece; });
  if (!done) return tl::unexpected(done.error());
  return content;
}

Result<std::string> RealFiles::read_link(const Path& path) const {
  std::array<char, 4096> target{};  // PATH_MAX: no link's target is longer
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return file_failure("read the link", path, errno);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<void> RealFiles::read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const {
  std::uint64_t size = 0;
  const auto descriptor = open_for_reading(path, size);
  if (!descriptor) return tl::unexpected(descriptor.error());
  constexpr std::uint64_t smallest = 4096, largest = 256 * 1024;
  const std::size_t piece_size = std::clamp(size + 1, smallest, largest);  // one more, to see the end
  const auto piece = std::make_unique_for_overwrite<char[]>(piece_size);
  while (true) {
    const ssize_t length = ::read(descriptor->get(), piece.get(), piece_size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return file_failure("read", path, errno);
    if (length == 0) return {};
    take({piece.get(), static_cast<std::size_t>(length)});
  }
}

Result<void> RealFiles::write(const Path& path, std::string_view content) {
  const Path temporary = temporary_beside(path);
  auto done = write_new(temporary, content);
  if (done && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  Error error = done ? file_error("write", path, errno) : std::move(done.error());
  ::unlink(temporary.c_str());
  return tl::unexpected(std::move(error));
}

Result<bool> RealFiles::write_private(const Path& path, std::string_view content) {
  const Path temporary = temporary_beside(path);
  auto done = write_new(temporary, content, 0600);
  // A second name, not another: whoever was first stays.
  const int problem = !done || ::link(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(temporary.c_str());
  if (!done) return tl::unexpected(std::move(done.error()));
  if (problem != 0 && problem != EEXIST) return tl::unexpected(file_error("write", path, problem));
  return problem == 0;
}

Result<void> RealFiles::append(const Path& path, std::string_view content) {
  OwnedDescriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!descriptor) return file_failure("write", path, errno);
  return write_all(descriptor.get(), content, path);
}

Result<void> RealFiles::make_directories(const Path& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return file_failure("make the folder", path, error.value());
  return {};
}

Result<void> RealFiles::make_symbolic_link(const Path& target, const Path& link) {
  if (::symlink(target.c_str(), link.c_str()) != 0) return file_failure("make the link", link, errno);
  return {};
}

Result<void> RealFiles::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return file_failure("rename to `" + to.string() + "` the file or folder", from, errno);
  }
  return {};
}

Result<std::shared_ptr<LockedFile>> RealFiles::try_lock(const Path& path) {
  auto lock = try_lock_file(path);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  if (!lock->has_value()) return std::shared_ptr<LockedFile>();
  return std::make_shared<FileLock>(std::move(**lock));
}

Result<std::shared_ptr<void>> RealFiles::share_lock(const Path& path) {
  auto lock = share_lock_of_file(path);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  return std::make_shared<FileLock>(std::move(*lock));
}

}  // namespace sdlrun::engine
