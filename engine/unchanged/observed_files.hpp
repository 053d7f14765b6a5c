// A file system that keeps in mind what a run saw of it when it decided.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include <oneapi/tbb/enumerable_thread_specific.h>

#include "engine/unchanged/look.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Thread-safe, as what is below it. All calls go through to it.
class ObservedFiles final : public Files {
 public:
  explicit ObservedFiles(Files& files) : files_(files) {}

  /// From here on looks are kept in mind.
  void begin() { is_observing_ = true; }
  /// The run has something to do, or has seen what cannot be told again: nothing more is kept in mind.
  void give_up() { is_observing_ = false; }
  bool is_observing() const { return is_observing_; }
  /// All looks, each once, in order. Nothing after `give_up`, or where two looks at one thing have seen two things.
  /// To be called when nobody looks any more.
  std::optional<std::vector<SeenLook>> take(std::vector<SeenLook> others);
  /// What a look would see from now on: for what the run itself has put there.
  void expect(Look look, std::string seen);

  Result<std::optional<FileStatus>> status(const Path& path) const override { return status_of(path.native()); }
  Result<std::optional<FileStatus>> status_of(const std::string& path) const override;
  Result<std::vector<std::string>> list(const Path& directory) const override;
  Result<std::string> read(const Path& path) const override;
  Result<std::string> read_link(const Path& path) const override;
  Result<void> read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const override;

  Result<void> write(const Path& path, std::string_view content) override { return files_.write(path, content); }
  Result<bool> write_private(const Path& path, std::string_view content) override { return files_.write_private(path, content); }
  Result<void> write_synced(const Path& path, std::string_view content) override { return files_.write_synced(path, content); }
  Result<void> sync(const Path& path) override { return files_.sync(path); }
  Result<void> append(const Path& path, std::string_view content) override { return files_.append(path, content); }
  Result<void> make_directories(const Path& path) override { return files_.make_directories(path); }
  Result<void> make_symbolic_link(const Path& target, const Path& link) override { return files_.make_symbolic_link(target, link); }
  Result<void> rename(const Path& from, const Path& to) override { return files_.rename(from, to); }
  Result<void> clone(const Path& from, const Path& to) override { return files_.clone(from, to); }
  Result<void> protect(const Path& path) override { return files_.protect(path); }
  Result<void> make_executable(const Path& path) override { return files_.make_executable(path); }
  Result<void> remove(const Path& path) override { return files_.remove(path); }
  bool is_as_made(const Path& directory) const override { return files_.is_as_made(directory); }
  bool make_as_new(const Path& directory) override { return files_.make_as_new(directory); }
  Result<std::shared_ptr<LockedFile>> try_lock(const Path& path) override { return files_.try_lock(path); }
  Result<std::shared_ptr<void>> share_lock(const Path& path) override { return files_.share_lock(path); }

 private:
  void note_content(const std::string& path) const;
  void note(Look look, std::string seen) const;

  Files& files_;
  mutable std::atomic<bool> is_observing_{false};
  mutable oneapi::tbb::enumerable_thread_specific<std::vector<SeenLook>> seen_;
};

}  // namespace sdlrun::engine
