// The file system of this machine.
#pragma once

#include <atomic>

#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Thread-safe. Not final: tests put another boot of the machine in the place of this one's.
class RealFiles : public Files {
 public:
  /// How the names of files begin that `write` has not yet renamed.
  static constexpr std::string_view temporary_prefix = ".sdlrun-";

  Result<std::optional<FileStatus>> status(const Path& path) const override { return status_of(path.native()); }
  Result<std::optional<FileStatus>> status_of(const std::string& path) const override;
  Result<std::vector<std::string>> list(const Path& directory) const override;
  Result<std::string> read(const Path& path) const override;
  Result<std::string> read_link(const Path& path) const override;
  Result<void> read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const override;
  Result<void> write(const Path& path, std::string_view content) override;
  Result<bool> write_private(const Path& path, std::string_view content) override;
  Result<void> write_synced(const Path& path, std::string_view content) override;
  Result<void> sync(const Path& path) override;
  Result<void> append(const Path& path, std::string_view content) override;
  Result<void> make_directories(const Path& path) override;
  Result<void> make_symbolic_link(const Path& target, const Path& link) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> clone(const Path& from, const Path& to) override;
  Result<void> protect(const Path& path) override;
  Result<void> make_executable(const Path& path) override;
  Result<void> remove(const Path& path) override;
  bool is_as_made(const Path& directory) const override;
  bool make_as_new(const Path& directory) override;
  Result<std::shared_ptr<LockedFile>> try_lock(const Path& path) override;
  Result<std::shared_ptr<void>> share_lock(const Path& path) override;

 private:
  /// The device last seen to refuse reflinks, so that it is not asked for every file.
  std::atomic<std::uint64_t> device_without_reflinks_{0};
};

}  // namespace sdlrun::engine
