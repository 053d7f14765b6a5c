// state.db: records in and out of SQLite's tables.
#pragma once

#include <algorithm>
#include <set>

#include "engine/cache/database.hpp"
#include "engine/cache/record.hpp"

namespace sdlrun::engine {

/// A result as it stands in its row.
struct StoredResult {
  std::string outputs, warnings;  // JSON
  Milliseconds duration{0};
  std::string unsynced_boot;
};
using StoredResults = std::unordered_map<std::string, StoredResult>;

/// One connection with its statements. Not thread-safe. What cannot be read counts as not there: a step runs again.
class StateDatabase {
 public:
  /// Opens or makes state.db in the state folder. One that a newer sdlrun has written is an error.
  static Result<StateDatabase> open(const std::filesystem::path& state_folder);
  /// For reading only, and locks nothing. One that an older sdlrun has written is an error; nothing where there are no tables
  /// yet, as an engine leaves it that ends while it makes them.
  static Result<std::optional<StateDatabase>> open_read_only(const std::filesystem::path& state_folder);
  static std::filesystem::path path_in(const std::filesystem::path& state_folder) { return state_folder / "state.db"; }

  std::optional<StepResult> find_result(std::string_view key);
  bool was_collected(std::string_view key);
  /// Whether no step was ever recorded, nor a file's digest.
  bool is_empty();
  std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step);
  std::vector<StepAttempt> attempts(std::string_view run);
  std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most);
  std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most);
  Durations durations(std::string_view pipeline, std::size_t most);
  /// Adds to `results` those that the attempts' keys stand for.
  std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline, StoredResults& results);
  /// Nothing where it cannot be read.
  static std::optional<StepResult> decode(std::string_view key, const StoredResult& stored, const std::filesystem::path& state_folder);
  std::vector<RunRecord> runs(std::size_t most);
  std::optional<RememberedDigest> find_digest(const std::string& path);

  Result<void> apply(const Record& record);
  Result<void> remember(const std::string& path, const RememberedDigest& digest);
  /// False where a run of this name is there already.
  Result<bool> insert_run(const RunRecord& record, std::string_view journal);
  // Rows of notes: state_database_notes.cpp.
  Result<void> begin_note(std::string_view request, std::string_view pipeline, std::string_view run);
  Result<bool> keep_note(std::string_view request, std::string_view run, std::string_view note);
  bool is_noted(std::string_view request, std::string_view note);
  std::vector<std::string> noted_requests();

  /// Runs that are said to be running by processes that have ended: crashed. `journals` are those of the living.
  Result<void> mark_crashed_runs(const std::set<std::string>& journals);

  std::uint64_t applied(std::string_view journal);
  Result<void> set_applied(std::string_view journal, std::uint64_t bytes);
  Result<void> forget_journal(std::string_view journal);

  Result<Transaction> begin() { return Transaction::begin(database_); }
  bool is_damaged() const { return database_.is_damaged(); }
  /// Reads every page: only for small files and for those under suspicion.
  bool is_sound();

 private:
  StateDatabase(Database database, std::filesystem::path folder)
      : database_(std::move(database)), folder_(std::move(folder)) {}
  Result<void> prepare_tables();
  Error is_newer(std::int64_t version) const;
  std::vector<std::int64_t> cached_attempts(std::string_view run);
  StepAttempt attempt_of(const Use& row) const;
  Result<void> write(const StepResult& result);
  Result<void> write(const ForgottenResult& result);
  Result<void> write(const SyncedResults& synced);
  Result<void> write(const StepAttempt& attempt);
  Result<void> write(const FinishedRun& finished);

  Database database_;
  std::filesystem::path folder_;
  Statement find_result_{"SELECT outputs, warnings, duration, unsynced_boot FROM results WHERE key = ?"};
  Statement was_collected_{"SELECT 1 FROM results WHERE key = ? AND outputs = ''"};
  Statement is_empty_{
      "SELECT NOT EXISTS (SELECT 1 FROM results) AND NOT EXISTS (SELECT 1 FROM attempts) AND NOT EXISTS (SELECT 1 FROM digests)"};
  Statement last_attempt_{
      "SELECT pipeline, step, run, key, parts, outcome, reason, started, duration, log_file FROM attempts "
      "WHERE pipeline = ? AND step = ? ORDER BY id DESC LIMIT 1"};
  Statement history_{
      "SELECT pipeline, step, run, key, parts, outcome, reason, started, duration, log_file FROM attempts "
      "WHERE pipeline = ? AND step = ? ORDER BY id DESC LIMIT ?"};
  Statement durations_of_step_{
      "SELECT duration FROM attempts WHERE pipeline = ? AND step = ? AND outcome = 'ran' ORDER BY id DESC LIMIT ?"};
  // From name to name, and of each no more than what is wanted: what it takes does not grow with the number of past runs.
  Statement durations_{
      "WITH RECURSIVE steps(step) AS ("
      "SELECT min(step) FROM attempts WHERE pipeline = ?1 AND outcome = 'ran' UNION ALL "
      "SELECT (SELECT min(step) FROM attempts WHERE pipeline = ?1 AND outcome = 'ran' AND step > steps.step) "
      "FROM steps WHERE step IS NOT NULL) "
      "SELECT steps.step, duration FROM steps CROSS JOIN attempts "
      "WHERE pipeline = ?1 AND attempts.step = steps.step AND outcome = 'ran' AND id >= ifnull(("
      "SELECT id FROM attempts AS older WHERE older.pipeline = ?1 AND older.step = steps.step AND older.outcome = 'ran' "
      "ORDER BY id DESC LIMIT 1 OFFSET ?2 - 1), 0) ORDER BY steps.step, id DESC"};
  Statement attempts_{
      "SELECT pipeline, step, run, key, parts, outcome, reason, started, duration, log_file FROM attempts "
      "WHERE run = ? ORDER BY id"};
  Statement attempt_{
      "SELECT pipeline, step, run, key, parts, outcome, reason, started, duration, log_file FROM attempts WHERE id = ?"};
  Statement cached_attempts_{"SELECT cached_attempts FROM runs WHERE run = ?"};
  Statement last_times_{
      "SELECT step, id, outcome, attempts.key, attempts.duration, outputs, warnings, results.duration, unsynced_boot "
      "FROM attempts LEFT JOIN results ON results.key = attempts.key "
      "WHERE id IN (SELECT max(id) FROM attempts WHERE pipeline = ? GROUP BY step)"};
  Statement runs_{
      "SELECT run, pipeline, file, command, started, duration, outcome, ran, cached, failed FROM runs "
      "ORDER BY started DESC, rowid DESC LIMIT ?"};
  Statement find_digest_{
      "SELECT size, modified, changed, inode, device, links, executable, digest FROM digests WHERE path = ?"};
  Statement running_{"SELECT run, journal FROM runs WHERE outcome = 'running'"};
  Statement applied_{"SELECT applied FROM journals WHERE name = ?"};
  Statement write_result_{"INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?)"};
  Statement mark_synced_{"UPDATE results SET unsynced_boot = '' WHERE key = ?"};
  Statement forget_result_{"DELETE FROM results WHERE key = ?"};
  Statement write_attempt_{"INSERT INTO attempts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement finish_run_{"UPDATE runs SET duration = ?, outcome = ?, ran = ?, cached = ?, failed = ?, cached_attempts = ? WHERE run = ?"};
  Statement insert_run_{"INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', (SELECT ifnull(max(id), 0) FROM attempts)) RETURNING 1"};
  Statement crash_run_{"UPDATE runs SET outcome = 'crashed' WHERE run = ?"};
  Statement write_digest_{"INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement set_applied_{"INSERT OR REPLACE INTO journals VALUES (?, ?)"};
  Statement forget_journal_{"DELETE FROM journals WHERE name = ?"};
  Statement begin_note_{"INSERT OR REPLACE INTO unchanged VALUES (?, ?, ?, '')"};
  Statement forget_old_notes_{"DELETE FROM unchanged WHERE rowid NOT IN (SELECT rowid FROM unchanged ORDER BY rowid DESC LIMIT 16)"};
  Statement keep_note_{"UPDATE unchanged SET note = ? WHERE request = ? AND run = ? RETURNING 1"};
  Statement is_noted_{"SELECT 1 FROM unchanged WHERE request = ? AND note = ?"};
  Statement noted_requests_{"SELECT request FROM unchanged"};
};

}  // namespace sdlrun::engine
