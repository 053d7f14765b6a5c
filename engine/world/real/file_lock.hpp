// A lock between processes: flock on a file, which the kernel gives back when its holder dies.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/error.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

/// Holds the lock, and the file open for reading and writing, while it lives.
class FileLock {
 public:
  explicit FileLock(OwnedDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  int descriptor() const { return descriptor_.get(); }

 private:
  OwnedDescriptor descriptor_;
};

/// Locks a file, which is made where missing. Nothing where another holds it, or took it away at this moment.
Result<std::optional<FileLock>> try_lock_file(const std::filesystem::path& path);

}  // namespace sdlrun::engine
