// What a project remembers between runs: results by key, attempts by step, runs. One SQLite database (WAL) and, in
// front of it, a journal that is written before a step counts as finished.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/cache/digest.hpp"
#include "engine/cache/key.hpp"
#include "engine/error.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// A finished step's result, found by its key. Paths of published outputs are relative to the state folder on disk and
/// absolute here.
struct StepResult {
  std::string key = {};
  dsl::Fields outputs = {};
  std::vector<std::string> warnings = {};
  Milliseconds duration{0};
  /// Where it was recorded in another boot of the machine (boot_id.hpp) than this one, and nothing says that its outputs had
  /// reached the disk: that boot. Else empty.
  std::string unsynced_boot = {};
};

/// The last time a step of a pipeline was looked at: what it ran or was cached with.
struct StepAttempt {
  std::string pipeline = {};
  std::string step = {};
  std::string run = {};
  std::string key = {};
  std::vector<KeyPart> parts = {};
  std::string outcome = {};  // "ran", "cached", "failed", "stopped"
  std::string reason = {};   // why it ran
  Milliseconds started{0};   // wall clock
  Milliseconds duration{0};
  std::filesystem::path log_file = {};
};

/// An attempt of before as one of the run that took it over.
inline StepAttempt taken_over(StepAttempt attempt, std::string_view run) {
  attempt.run = run;
  attempt.outcome = "cached";
  attempt.reason = {};
  return attempt;
}

/// By the step's name: how long its newest attempts took that ran to their ends, the newest first.
using Durations = std::unordered_map<std::string, std::vector<Milliseconds>>;

/// What a run needs to know of the newest attempt of a step before it decides on it.
struct LastTime {
  std::int64_t attempt = 0;  // names it within this state
  std::string key = {};
  /// Of the run that made its outputs.
  Milliseconds duration{0};
};

struct RunRecord {
  std::string run = {};
  std::string pipeline = {};
  std::string file = {};
  std::string command = {};
  Milliseconds started{0};
  Milliseconds duration{0};
  std::string outcome = {};  // "running", "succeeded", "failed", "interrupted"; "crashed": its process has ended
  std::int64_t ran = 0, cached = 0, failed = 0;
  /// The attempts of before whose keys were found again: the run's cached steps that have no attempt of their own.
  std::vector<std::int64_t> cached_attempts = {};
};

/// Thread-safe. What is recorded is on disk (written, not synced) when the call returns, and in the database soon
/// after. Every half a minute of a run, a thread of the state's own brings all that was written to the disk itself, and
/// marks the results that this covers.
class State {
 public:
  virtual ~State() = default;

  virtual std::optional<StepResult> find_result(std::string_view key) = 0;
  /// As of the present boot, whatever `unsynced_boot` says.
  virtual Result<void> record_result(const StepResult& result) = 0;
  /// The outputs of these results are known to be on the disk.
  virtual Result<void> mark_synced(const std::vector<std::string>& keys) = 0;
  virtual void forget_result(std::string_view key) = 0;
  /// Whether there was one, and `sdlrun gc` has taken it away.
  virtual bool was_collected(std::string_view /*key*/) { return false; }

  virtual Result<void> record_attempt(const StepAttempt& attempt) = 0;
  /// The newest of a step, or of it in one run.
  virtual std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step) = 0;
  /// Of one run, also those of before that it took over.
  virtual std::vector<StepAttempt> attempts(std::string_view run) = 0;
  /// Of one step, the newest first, at most so many. A step that was cached with the key of its newest attempt has none for it.
  virtual std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most) = 0;
  /// How long the newest attempts of a step took whose outcome is "ran".
  virtual std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most) = 0;
  /// The same of all steps of a pipeline that were measured, in one go.
  virtual Durations durations(std::string_view pipeline, std::size_t most) = 0;
  /// By the step's name, where its newest attempt ran or was cached. The results of their keys are read on the way, so that
  /// find_result gives what stood there at this moment.
  virtual std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline) = 0;

  /// Names the run after the moment it started, and gives the name; no other engine's run has it.
  virtual Result<std::string> begin_run(const RunRecord& record) = 0;
  /// Takes over duration, outcome, counts and cached attempts of the run that `record.run` names.
  virtual Result<void> finish_run(const RunRecord& record) = 0;
  /// Newest first.
  virtual std::vector<RunRecord> runs(std::size_t most) = 0;

  // Notes of runs that had nothing to do (engine/unchanged). Where none are kept, all of these do nothing.
  /// From here on, what changes a result of before, or the attempts of the pipeline, makes an end of the note to come.
  virtual Result<void> begin_note(std::string_view /*request*/, std::string_view /*pipeline*/, std::string_view /*run*/) { return {}; }
  /// False where there has been such a change, or another run has begun a note for the same request.
  virtual Result<bool> keep_note(std::string_view /*request*/, std::string_view /*run*/, std::string_view /*note*/) { return false; }
  /// The requests whose notes are true or yet to come.
  virtual std::vector<std::string> noted_requests() { return {}; }
  /// Records a run that is over as it begins, and gives its name: only if the note is true at this moment.
  virtual Result<std::optional<std::string>> record_repeated_run(const RunRecord& /*record*/, std::string_view /*request*/, std::string_view /*note*/) {
    return std::nullopt;
  }

  virtual DigestMemory& digest_memory() = 0;
  /// Brings all that is recorded into the database.
  virtual Result<void> flush() = 0;
};

/// Opens (or makes) the state in `folder`, which is the project's `.sdl`. Replays the journal of a run that was killed.
/// A database that is damaged is set aside under another name, with a warning in `warnings`, and a new one begun.
Result<std::unique_ptr<State>> open_state(const std::filesystem::path& folder, std::vector<std::string>& warnings);

/// When what is recorded is brought from the journal into the database.
enum class Batches { in_background, when_flushed };
/// The same on other files, for simulation. SQLite goes its own way to the disk: by the VFS that is its default.
Result<std::unique_ptr<State>> open_state(const std::filesystem::path& folder, std::shared_ptr<Files> files,
                                          Batches batches, std::vector<std::string>& warnings);

/// Whether a run goes on that uses this state, of this or another process.
bool is_in_use(const std::filesystem::path& folder);

/// The same in memory, for tests and `simulate`.
std::unique_ptr<State> memory_state();

}  // namespace sdlrun::engine
