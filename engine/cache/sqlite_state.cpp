#include "engine/cache/sqlite_state.hpp"

#include "engine/cache/boot_id.hpp"
#include "engine/cache/open_database.hpp"
#include "engine/cache/run_name.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

constexpr auto batch_interval = std::chrono::milliseconds(500);
constexpr auto sync_interval = std::chrono::seconds(30);

}  // namespace

SqliteState::SqliteState(std::filesystem::path folder, std::shared_ptr<Files> files, Batches batches,
                         StateDatabase writer, StateDatabase reader)
    : folder_(std::move(folder)), files_(std::move(files)), batches_(batches), boot_(boot_id(*files_)), writer_(std::move(writer)), reader_(std::move(reader)) {}

Result<std::unique_ptr<State>> SqliteState::open(const std::filesystem::path& folder, std::shared_ptr<Files> files,
                                                 Batches batches, std::vector<std::string>& warnings) {
  auto writer = open_database(*files, folder, warnings);
  if (!writer) return tl::unexpected(std::move(writer.error()));
  auto reader = StateDatabase::open(folder);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  return std::unique_ptr<State>(
      new SqliteState(folder, std::move(files), batches, std::move(*writer), std::move(*reader)));
}

SqliteState::~SqliteState() {
  {
    const std::lock_guard lock(pending_lock_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (worker_.joinable()) worker_.join();
  // What cannot be brought into the database stays in the journal, for the next to replay.
  if (!flush() || !journal_) return;
  journal_->remove();
  // Behind the file: the other way round, a crash in between would let it be replayed from its beginning.
  static_cast<void>(writer_.forget_journal(journal_->name()));
}

// ---- reading -------------------------------------------------------------------------------------------------------

template <typename Read>
auto SqliteState::read(Read read) -> decltype(read(std::declval<StateDatabase&>())) {
  {
    const std::lock_guard lock(reader_lock_);
    auto found = read(reader_);
    if (!reader_.is_damaged()) return found;
  }
  static_cast<void>(replace_damaged());
  return {};
}

std::optional<StepResult> SqliteState::find_result(std::string_view key) {
  std::optional<StepResult> found = find_recorded(key);
  if (found && found->unsynced_boot == boot_) found->unsynced_boot.clear();
  return found;
}

std::optional<StepResult> SqliteState::find_recorded(std::string_view key) {
  {
    const std::lock_guard lock(pending_lock_);
    const Record* known = pending_.result(key);
    if (known == nullptr) known = writing_.result(key);
    if (known != nullptr) {
      const auto* result = std::get_if<StepResult>(known);
      return result != nullptr ? std::optional(*result) : std::nullopt;
    }
    if (is_surely_new(key)) return std::nullopt;
  }
  if (const auto stored = take_read_ahead(key)) return StateDatabase::decode(key, *stored, folder_);
  return read([&](StateDatabase& database) { return database.find_result(key); });
}

std::optional<StoredResult> SqliteState::take_read_ahead(std::string_view key) {
  const std::lock_guard lock(read_ahead_lock_);
  auto found = read_ahead_.extract(std::string(key));
  return found.empty() ? std::nullopt : std::optional(std::move(found.mapped()));
}

bool SqliteState::was_collected(std::string_view key) {
  return read([&](StateDatabase& database) { return database.was_collected(key); });
}

std::optional<StepAttempt> SqliteState::last_attempt(std::string_view pipeline, std::string_view step) {
  {
    const std::lock_guard lock(pending_lock_);
    if (const auto* attempt = pending_.last_attempt(pipeline, step)) return *attempt;
    if (const auto* attempt = writing_.last_attempt(pipeline, step)) return *attempt;
    if (is_surely_new(step_of(pipeline, step))) return std::nullopt;
  }
  return read([&](StateDatabase& database) { return database.last_attempt(pipeline, step); });
}

std::vector<StepAttempt> SqliteState::attempts(std::string_view run) {
  static_cast<void>(flush());
  return read([&](StateDatabase& database) { return database.attempts(run); });
}

std::vector<StepAttempt> SqliteState::history(std::string_view pipeline, std::string_view step, std::size_t most) {
  static_cast<void>(flush());
  return read([&](StateDatabase& database) { return database.history(pipeline, step, most); });
}

std::vector<Milliseconds> SqliteState::durations(std::string_view pipeline, std::string_view step, std::size_t most) {
  static_cast<void>(flush());
  return read([&](StateDatabase& database) { return database.durations(pipeline, step, most); });
}

Durations SqliteState::durations(std::string_view pipeline, std::size_t most) {
  static_cast<void>(flush());
  return read([&](StateDatabase& database) { return database.durations(pipeline, most); });
}

std::unordered_map<std::string, LastTime> SqliteState::last_times(std::string_view pipeline) {
  static_cast<void>(flush());
  StoredResults results;
  auto times = read([&](StateDatabase& database) { return database.last_times(pipeline, results); });
  const std::lock_guard lock(read_ahead_lock_);
  read_ahead_ = std::move(results);
  return times;
}

std::vector<RunRecord> SqliteState::runs(std::size_t most) {
  static_cast<void>(flush());
  return read([&](StateDatabase& database) { return database.runs(most); });
}

std::optional<RememberedDigest> SqliteState::find(const std::filesystem::path& path) {
  {
    const std::shared_lock lock(digests_lock_);
    const auto found = digests_.find(path.native());
    if (found != digests_.end()) return found->second;
  }
  {
    const std::lock_guard lock(pending_lock_);
    if (all_recorded_) return std::nullopt;  // what this process has found stands above
  }
  auto remembered = read([&](StateDatabase& database) { return database.find_digest(path.native()); });
  const std::unique_lock lock(digests_lock_);
  return digests_.try_emplace(path.native(), std::move(remembered)).first->second;
}

// ---- recording -----------------------------------------------------------------------------------------------------

Result<void> SqliteState::record_result(const StepResult& result) {
  static_cast<void>(take_read_ahead(result.key));  // no longer what stands there
  StepResult with_boot = result;
  with_boot.unsynced_boot = boot_;
  return record(std::move(with_boot));
}

Result<void> SqliteState::mark_synced(const std::vector<std::string>& keys) {
  return record(SyncedResults{keys});
}

Result<void> SqliteState::record_attempt(const StepAttempt& attempt) {
  return record(attempt);
}

// Should the journal not take it, the result would be found again after a crash, and then be looked at again.
void SqliteState::forget_result(std::string_view key) {
  static_cast<void>(take_read_ahead(key));
  static_cast<void>(record(ForgottenResult{std::string(key)}));
}

Result<void> SqliteState::finish_run(const RunRecord& run) {
  return record(FinishedRun{run});
}

Result<void> SqliteState::record(Record record) {
  const std::string text = encode_record(record, folder_);
  bool wakes = false;
  {
    const std::lock_guard lock(pending_lock_);
    wakes = pending_.empty();
    auto current = journal();
    if (!current) return tl::unexpected(std::move(current.error()));
    if (auto written = (*current)->append(text); !written) return written;
    if (const auto* result = std::get_if<StepResult>(&record)) unsynced_.push_back(result->key);
    if (all_recorded_) note_recorded(record);
    pending_.add(std::move(record), (*current)->size());
    start_worker();
  }
  // One that has something to write waits for its interval to be over; to wake it each time costs more than the rest.
  if (wakes) wake_.notify_one();
  return {};
}

void SqliteState::note_recorded(const Record& record) {
  if (const auto* result = std::get_if<StepResult>(&record)) all_recorded_->add(result->key);
  if (const auto* attempt = std::get_if<StepAttempt>(&record)) all_recorded_->add(step_of(attempt->pipeline, attempt->step));
  if (std::holds_alternative<FinishedRun>(record)) all_recorded_.reset();
}

Result<Journal*> SqliteState::journal() {
  if (!journal_) {
    auto created = Journal::create(*files_, folder_ / "journal");
    if (!created) return tl::unexpected(std::move(created.error()));
    journal_ = std::move(*created);
  }
  return &*journal_;
}

void SqliteState::remember(const std::filesystem::path& path, const RememberedDigest& digest) {
  {
    const std::unique_lock lock(digests_lock_);
    digests_.insert_or_assign(path.native(), digest);
  }
  bool wakes = false;
  {
    const std::lock_guard lock(pending_lock_);
    wakes = pending_.empty();
    pending_.remember(path.native(), digest);
    start_worker();
  }
  if (wakes) wake_.notify_one();
}

Result<std::string> SqliteState::begin_run(const RunRecord& given) {
  const std::lock_guard lock(writer_lock_);
  std::string journal_name;
  {
    const std::lock_guard pending(pending_lock_);
    auto current = journal();
    if (!current) return tl::unexpected(std::move(current.error()));
    journal_name = (*current)->name();
    // An engine that begins from here on finds our journal, and asks the database itself.
    if (pending_.empty() && writer_.is_empty() && !has_living_journal(*files_, folder_ / "journal", journal_name)) all_recorded_.emplace();
    else all_recorded_.reset();
  }
  auto name = insert_run(given, journal_name);
  if (name || !writer_.is_damaged()) return name;
  auto replaced = replace_database(*files_, folder_, writer_, reader_, reader_lock_);
  return replaced ? insert_run(given, journal_name) : tl::unexpected(std::move(replaced.error()));
}

// Straight into the database: it alone can say which name no other engine has taken.
Result<std::string> SqliteState::insert_run(RunRecord run, const std::string& journal_name) {
  run.outcome = "running";
  for (int number = 1;; ++number) {
    run.run = run_name(run.started, number);
    // Of a run that a lost database does not know of: its logs are not to be written over.
    if (const auto logs = files_->status(folder_ / "runs" / run.run); logs && *logs) continue;
    const auto inserted = writer_.insert_run(run, journal_name);
    if (!inserted) return tl::unexpected(inserted.error());
    if (*inserted) return run.run;
  }
}

// ---- batches -------------------------------------------------------------------------------------------------------

void SqliteState::start_worker() {
  if (batches_ == Batches::when_flushed || worker_.joinable() || stopping_) return;
  worker_ = std::thread([this] { write_in_batches(); });
}

void SqliteState::write_in_batches() {
  auto next_sync = std::chrono::steady_clock::now() + sync_interval;
  std::unique_lock lock(pending_lock_);
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    wake_.wait_for(lock, batch_interval, [this] { return stopping_; });
    lock.unlock();
    // A failure is tried again with the next batch, and told by `flush`; the records are in the journal.
    static_cast<void>(write_batch());
    if (std::chrono::steady_clock::now() >= next_sync) {
      sync_results();
      next_sync = std::chrono::steady_clock::now() + sync_interval;
    }
    lock.lock();
  }
}

void SqliteState::sync_results() {
  std::vector<std::string> covered;
  {
    const std::lock_guard lock(pending_lock_);
    covered = std::exchange(unsynced_, {});
  }
  if (covered.empty()) return;
  // Those that are not marked are verified after a crash of the machine, where one of these comes to nothing.
  if (files_->sync(folder_)) static_cast<void>(mark_synced(covered));
}

Result<void> SqliteState::flush() {
  return write_batch();
}

Result<void> SqliteState::write_batch() {
  const std::lock_guard one_at_a_time(writer_lock_);
  std::string journal_name;
  {
    const std::lock_guard lock(pending_lock_);
    if (pending_.empty()) return {};
    writing_ = std::move(pending_);
    pending_ = {};
    journal_name = journal_ ? journal_->name() : "";
  }
  auto written = write_batch_to(writer_, writing_, journal_name);
  if (!written && writer_.is_damaged()) {
    auto replaced = replace_database(*files_, folder_, writer_, reader_, reader_lock_);
    written = replaced ? write_batch_to(writer_, writing_, journal_name) : replaced;
  }
  const std::lock_guard lock(pending_lock_);
  PendingRecords done = std::move(writing_);
  writing_ = {};
  if (!written) {
    done.append(std::move(pending_));
    pending_ = std::move(done);
  }
  return written;
}

Result<void> SqliteState::write_batch_to(StateDatabase& database, const PendingRecords& batch,
                                         const std::string& journal) {
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  for (const Record& record : batch.records()) {
    if (auto applied = database.apply(record); !applied) return applied;
  }
  for (const auto& [path, digest] : batch.digests()) {
    if (auto remembered = database.remember(path, digest); !remembered) return remembered;
  }
  if (!batch.records().empty()) {
    if (auto set = database.set_applied(journal, batch.journal_end()); !set) return set;
  }
  return transaction->commit();
}

Result<void> SqliteState::replace_damaged() {
  const std::lock_guard lock(writer_lock_);
  return replace_database(*files_, folder_, writer_, reader_, reader_lock_);
}

Result<std::unique_ptr<State>> open_state(const std::filesystem::path& folder, std::vector<std::string>& warnings) {
  return open_state(folder, std::make_shared<RealFiles>(), Batches::in_background, warnings);
}

Result<std::unique_ptr<State>> open_state(const std::filesystem::path& folder, std::shared_ptr<Files> files,
                                          Batches batches, std::vector<std::string>& warnings) {
  return SqliteState::open(std::filesystem::absolute(folder).lexically_normal(), std::move(files), batches, warnings);
}

bool is_in_use(const std::filesystem::path& folder) {
  RealFiles files;
  return has_living_journal(files, folder / "journal");
}

}  // namespace sdlrun::engine
