// The closings of a project that have not been done: one small file each, `.sdl/closings/NAME.json`, on the disk itself before
// what it takes away is begun. Beside it lies a lock that the run holds: what nobody holds was left by a run that was killed.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/closing/closing.hpp"
#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

struct OpenClosing {
  Closing closing;
  std::filesystem::path log;         // as the closing has it, whole
  std::vector<std::string> secrets;  // that are masked there
  std::shared_ptr<LockedFile> lock;
};

/// Those of one run. Thread-safe.
class Closings {
 public:
  Closings(const std::filesystem::path& state_folder, Files& files) : state_folder_(state_folder), folder_(state_folder / "closings"), files_(files) {}

  /// On the disk when it returns. One of this run with the same name is replaced; where another run has it, that is the error.
  Result<void> add(Closing closing, const std::filesystem::path& log, std::vector<std::string> secrets);
  /// Those of this run, the last first.
  std::vector<OpenClosing> take();
  /// Those that killed runs have left: ours from now on. What cannot be read is left alone.
  std::vector<OpenClosing> take_left();
  /// It is done.
  void forget(const OpenClosing& closing);

  /// All there are records of, by name. Touches nothing.
  std::vector<Closing> recorded() const;

 private:
  std::filesystem::path path_of(const std::string& name, const char* ending) const { return folder_ / (name + ending); }

  std::filesystem::path state_folder_;
  std::filesystem::path folder_;
  Files& files_;
  std::mutex mutex_;
  std::vector<OpenClosing> open_;  // in the order in which they came
};

}  // namespace sdlrun::engine
