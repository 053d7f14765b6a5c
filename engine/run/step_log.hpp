// One step's log file: .sdl/runs/<run>/<step>.log. What its programs print is appended by the world's processes, what its
// stage says by this.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/process/log_times.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

std::filesystem::path step_log_path(const std::filesystem::path& state_folder, std::string_view run, std::string_view step);
/// The last lines, of a log of any size; empty where there are none.
std::string log_tail(const Files& files, const std::filesystem::path& log, std::size_t lines);

/// Whether a run's folder of logs has been made: its steps share it.
using LogFolderIsMade = std::atomic<bool>;

/// Thread-safe.
class StepLog {
 public:
  StepLog(Files& files, const Clock& clock, const std::filesystem::path& state_folder, std::string_view run, std::string_view step,
          LogFolderIsMade& is_made);

  const std::filesystem::path& path() const { return path_; }
  /// Makes the folder, where no step has.
  Result<void> prepare();
  /// A line, without its end.
  Result<void> add(std::string_view line);
  /// The path if anything was written, else empty.
  std::filesystem::path path_if_written() const;
  std::string tail(std::size_t lines) const { return log_tail(files_, path_, lines); }

 private:
  void stamp();

  Files& files_;
  const Clock& clock_;
  std::filesystem::path path_;
  LogFolderIsMade& is_made_;
  std::mutex mutex_;
  LogTimes stamps_;
};

}  // namespace sdlrun::engine
