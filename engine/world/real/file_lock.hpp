// A lock between processes: flock on a file, which the kernel gives back when its holder dies.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/error.hpp"
#include "engine/world/files.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

/// Holds the lock, and the file open for reading and writing, while it lives.
class FileLock final : public LockedFile {
 public:
  FileLock(std::filesystem::path path, OwnedDescriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override;
  Result<void> truncate(std::uint64_t size) override;

 private:
  std::filesystem::path path_;
  OwnedDescriptor descriptor_;
};

/// Locks a file, which is made where missing. Nothing where another holds it, or took it away at this moment.
Result<std::optional<FileLock>> try_lock_file(const std::filesystem::path& path);
/// Shares the lock of a file, which is made where missing. Waits while another holds it alone.
Result<FileLock> share_lock_of_file(const std::filesystem::path& path);

}  // namespace sdlrun::engine
