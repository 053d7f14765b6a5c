// A run's event log, .sdl/runs/<run>/events.jsonl: the run's graph, then its events, one JSON object a line. What past
// runs are drawn and compared by, also when the pipeline's file has changed since.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/terminal/ticker.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "dsl/source/source.hpp"
#include "engine/run/event.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::cli {

/// Where the event log of a run lies.
std::filesystem::path event_log_path(const std::filesystem::path& state_folder, const std::string& run);

/// What a log is about, and where it goes.
struct EventLogSetting {
  engine::Files& files;
  std::filesystem::path state_folder;
  const dsl::Pipeline& pipeline;
  const dsl::Sources& sources;
  std::vector<dsl::NodeId> goals;
  std::function<engine::Milliseconds()> now;  // of a steady clock
};

/// Nothing is written before the first step starts or something fails: a run with nothing to do costs nothing here. Steps
/// that come from the cache are left out, as are the lines that steps print, which have files of their own. It is written
/// in pieces, five times a second, so that little is lost when the run is killed.
class EventLog {
 public:
  explicit EventLog(EventLogSetting setting) : setting_(std::move(setting)) {}
  ~EventLog() { flush(); }
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// One event at a time, from any thread.
  void take(const engine::Event& event);
  /// Why the log ends before the run did, if it does.
  std::optional<engine::Error> problem();

 private:
  void begin();
  void add(const engine::Event& event, engine::Milliseconds at);
  void add_line(std::string line);
  void flush();
  void write_buffer();

  EventLogSetting setting_;
  std::filesystem::path path_;
  engine::Milliseconds run_begin_{0};
  bool has_begun_ = false;
  /// What came before the log began, and belongs into it should it begin.
  std::vector<std::pair<engine::Milliseconds, engine::Event>> early_;
  std::mutex mutex_;  // for what stands below
  std::string buffer_;
  std::optional<engine::Error> problem_;
  std::optional<Ticker> ticker_;  // declared last: it ends before the buffer does
};

}  // namespace sdlrun::cli
