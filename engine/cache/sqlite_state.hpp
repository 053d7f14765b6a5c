// The state on disk: journal first, then the database in batches by a thread of its own.
//
// A record goes: journal (write) → `pending_` → `writing_` (while a batch is under way) → state.db. Reads look in this
// order from its end backwards, so they see a record from the moment its record_* returned. Locks are taken in the
// order of their declaration.
#pragma once

#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include "engine/cache/journal.hpp"
#include "engine/cache/pending_records.hpp"
#include "engine/cache/recorded_texts.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/state_database.hpp"

namespace sdlrun::engine {

class SqliteState final : public State, private DigestMemory {
 public:
  static Result<std::unique_ptr<State>> open(const std::filesystem::path& folder, std::shared_ptr<Files> files,
                                             Batches batches, std::vector<std::string>& warnings);
  ~SqliteState() override;

  std::optional<StepResult> find_result(std::string_view key) override;
  Result<void> record_result(const StepResult& result) override;
  Result<void> mark_synced(const std::vector<std::string>& keys) override;
  void forget_result(std::string_view key) override;
  bool was_collected(std::string_view key) override;
  Result<void> record_attempt(const StepAttempt& attempt) override;
  std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step) override;
  std::vector<StepAttempt> attempts(std::string_view run) override;
  std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most) override;
  std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most) override;
  Durations durations(std::string_view pipeline, std::size_t most) override;
  std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline) override;
  Result<std::string> begin_run(const RunRecord& record) override;
  Result<void> finish_run(const RunRecord& record) override;
  std::vector<RunRecord> runs(std::size_t most) override;
  Result<void> begin_note(std::string_view request, std::string_view pipeline, std::string_view run) override;
  Result<bool> keep_note(std::string_view request, std::string_view run, std::string_view note) override;
  std::vector<std::string> noted_requests() override;
  Result<std::optional<std::string>> record_repeated_run(const RunRecord& record, std::string_view request, std::string_view note) override;
  DigestMemory& digest_memory() override { return *this; }
  Result<void> flush() override;

 private:
  SqliteState(std::filesystem::path folder, std::shared_ptr<Files> files, Batches batches, StateDatabase writer,
              StateDatabase reader);

  std::optional<RememberedDigest> find(const std::filesystem::path& path) override;
  void remember(const std::filesystem::path& path, const RememberedDigest& digest) override;

  std::optional<StepResult> find_recorded(std::string_view key);
  Result<void> record(Record record);
  void note_recorded(const Record& record);
  /// What is recorded under a result's key or a step's name, in the case of which nothing need be asked. Expects `pending_lock_`.
  bool is_surely_new(std::string_view text) const { return all_recorded_ && !all_recorded_->may_hold(text); }
  std::optional<StoredResult> take_read_ahead(std::string_view key);
  /// Gives the name it took. Expects `writer_lock_`.
  Result<std::string> insert_run(RunRecord run, const std::string& journal_name);
  /// The journal, made at the first record: who only reads leaves no file. Expects `pending_lock_`.
  Result<Journal*> journal();
  void start_worker();
  void write_in_batches();
  Result<void> write_batch();
  /// Brings what was written to the disk, and marks the results that this covers.
  void sync_results();
  Result<void> write_batch_to(StateDatabase& database, const PendingRecords& batch, const std::string& journal);
  /// Reads from the database; one that turns out damaged is replaced by a new one, and the read finds nothing.
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<StateDatabase&>()));
  Result<void> replace_damaged();

  const std::filesystem::path folder_;
  const std::shared_ptr<Files> files_;
  const Batches batches_;
  const std::string boot_;

  std::mutex writer_lock_;  // one batch at a time
  StateDatabase writer_;

  std::mutex reader_lock_;
  StateDatabase reader_;

  std::mutex pending_lock_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::optional<Journal> journal_;
  PendingRecords pending_;
  PendingRecords writing_;
  std::vector<std::string> unsynced_;  // results of this process
  /// During a run that began with nothing recorded by anybody, and with no other engine there: each step of it would ask the database
  /// twice for what cannot be there.
  std::optional<RecordedTexts> all_recorded_;
  std::thread worker_;

  /// Results that were read with the last times, each until it is asked for: one by one, half of what a run in which nothing is
  /// to do takes would be queries.
  std::mutex read_ahead_lock_;
  StoredResults read_ahead_;

  std::shared_mutex digests_lock_;
  std::unordered_map<std::string, std::optional<RememberedDigest>> digests_;
};

}  // namespace sdlrun::engine
