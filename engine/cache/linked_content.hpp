// What large files hold that have more than one name, by their inode.
#pragma once

#include <string>
#include <utility>

#include "engine/cache/digest.hpp"
#include "engine/cache/file_content.hpp"

namespace sdlrun::engine {

/// A stage may link a file from a place of its own, such as a layer of an image's base, into each output that holds it: its content
/// is read once, and known again by inode, size and time of change for as long as the machine runs. After a new start it is
/// read again, as the end of the machine may have torn it. Thread-safe, as the memory is.
class LinkedContent {
 public:
  LinkedContent(DigestMemory& memory, std::string boot) : memory_(memory), boot_(std::move(boot)) {}
  /// As engine::content_of; `status` is the file's.
  Result<FileContent> content_of(const Files& files, const std::filesystem::path& path, const FileStatus& status) const;

 private:
  DigestMemory& memory_;
  std::string boot_;
};

}  // namespace sdlrun::engine
