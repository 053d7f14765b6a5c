// Writes tar as layers have it: ustar headers, with a PAX record only where a field is too small (names that are long or not
// ASCII, files of 8 GiB and more). Every entry belongs to root and to the beginning of time, so that the same content is the
// same bytes. No library's writer is used: theirs may change with its version, and digests with it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::stages::image {

using Sink = std::function<engine::Result<void>(std::string_view)>;

/// Names are relative, without `./` before them and without a slash behind.
class TarWriter {
 public:
  explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

  engine::Result<void> directory(const std::string& name, unsigned mode);
  engine::Result<void> link(const std::string& name, const std::string& target);
  /// `content` is to follow, exactly as much as was said.
  engine::Result<void> file(const std::string& name, std::uint64_t size, bool executable);
  engine::Result<void> content(std::string_view bytes);
  /// Behind the last entry.
  engine::Result<void> finish();

  /// What is still missing of the last file.
  std::uint64_t missing() const { return missing_; }

 private:
  struct Entry {
    std::string name;
    char type = '0';
    unsigned mode = 0644;
    std::uint64_t size = 0;
    std::string target = {};
  };
  engine::Result<void> entry(const Entry& entry);
  engine::Result<void> pad(std::uint64_t size);

  Sink sink_;
  std::uint64_t size_ = 0;  // of the last file
  std::uint64_t missing_ = 0;
};

}  // namespace sdlrun::stages::image
