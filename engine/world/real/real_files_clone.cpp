// RealFiles::clone: reflink, hard link or copy, whichever is cheapest and safe.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "engine/world/real/file_error.hpp"
#include "engine/world/real/owned_descriptor.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

// Small files are copied: they cost no more than a link, and ext4 gives a file at most 65,000 names.
constexpr off_t smallest_hard_link = 4096;

bool may_be_hard_linked(const struct stat& source) {
  return source.st_size >= smallest_hard_link && (source.st_mode & 0222) == 0;
}

// Gives 0, or the errno of a refusal; for a file of no end it would never return, but sources are regular files.
int copy_by_hand(int from, int to) {
  constexpr std::size_t piece_size = 256 * 1024;
  const auto piece = std::make_unique_for_overwrite<char[]>(piece_size);
  while (true) {
    const ssize_t length = ::read(from, piece.get(), piece_size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno;
    if (length == 0) return 0;
    for (ssize_t done = 0; done < length;) {
      const ssize_t written = ::write(to, piece.get() + done, static_cast<std::size_t>(length - done));
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) done += written;
    }
  }
}

int copy_content(int from, int to) {
  constexpr std::size_t piece_size = std::size_t{1} << 30;
  bool copied_any = false;
  while (true) {
    const ssize_t length = ::copy_file_range(from, nullptr, to, nullptr, piece_size, 0);
    if (length > 0) {
      copied_any = true;
      continue;
    }
    if (length < 0 && errno == EINTR) continue;
    // Some file systems do not offer it, and some (of older kernels) say 0 for files they do not know the size of.
    if (!copied_any) return copy_by_hand(from, to);
    return length == 0 ? 0 : errno;
  }
}

}  // namespace

Result<void> RealFiles::clone(const Path& from, const Path& to) {
  const OwnedDescriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!source) return file_failure("copy", from, errno);
  struct stat status {};
  if (::fstat(source.get(), &status) != 0) return file_failure("copy", from, errno);
  if (!S_ISREG(status.st_mode)) return failure("cannot copy `" + from.string() + "`: it is not a regular file");

  const bool try_reflink = device_without_reflinks_ != status.st_dev;
  if (!try_reflink && may_be_hard_linked(status) && ::link(from.c_str(), to.c_str()) == 0) return {};

  const OwnedDescriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return file_failure("write", to, errno);
  const bool reflinked = try_reflink && ::ioctl(target.get(), FICLONE, source.get()) == 0;
  if (!reflinked && try_reflink) {
    device_without_reflinks_ = status.st_dev;
    if (may_be_hard_linked(status) && ::unlink(to.c_str()) == 0) return clone(from, to);
  }
  const int error = reflinked ? 0 : copy_content(source.get(), target.get());
  if (error != 0 || ::fchmod(target.get(), status.st_mode & 0777) != 0) {
    const int number = error != 0 ? error : errno;
    ::unlink(to.c_str());
    return file_failure("copy `" + from.string() + "` to", to, number);
  }
  return {};
}

}  // namespace sdlrun::engine
