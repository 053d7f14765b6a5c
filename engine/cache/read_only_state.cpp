#include "engine/cache/read_only_state.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "engine/cache/journal.hpp"
#include "engine/cache/pending_records.hpp"
#include "engine/cache/state_database.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

class ReadOnlyState final : public State, private DigestMemory {
 public:
  ReadOnlyState(fs::path folder, StateDatabase database) : folder_(std::move(folder)), database_(std::move(database)) { read_journals(); }

  std::optional<StepResult> find_result(std::string_view key) override {
    const std::lock_guard lock(lock_);
    const Record* known = recent_.result(key);
    if (known == nullptr) return database_.find_result(key);
    const auto* result = std::get_if<StepResult>(known);
    return result != nullptr ? std::optional(*result) : std::nullopt;
  }

  bool was_collected(std::string_view key) override {
    const std::lock_guard lock(lock_);
    return database_.was_collected(key);
  }

  std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step) override {
    const std::lock_guard lock(lock_);
    if (const auto* attempt = recent_.last_attempt(pipeline, step)) return *attempt;
    return database_.last_attempt(pipeline, step);
  }

  std::vector<StepAttempt> attempts(std::string_view run) override {
    const std::lock_guard lock(lock_);
    std::vector<StepAttempt> found = database_.attempts(run);
    for (const Record& record : recent_.records()) {
      const auto* attempt = std::get_if<StepAttempt>(&record);
      if (attempt != nullptr && attempt->run == run) found.push_back(*attempt);
    }
    return found;
  }

  std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most) override {
    const std::lock_guard lock(lock_);
    std::vector<StepAttempt> found;
    recent_.each_attempt_of(pipeline, [&](const StepAttempt& attempt) {
      if (attempt.step == step) found.push_back(attempt);
    });
    std::vector<StepAttempt> older = database_.history(pipeline, step, most);
    std::move(older.begin(), older.end(), std::back_inserter(found));
    if (found.size() > most) found.resize(most);
    return found;
  }

  std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most) override {
    Durations all = durations(pipeline, most);
    return std::move(all[std::string(step)]);
  }

  Durations durations(std::string_view pipeline, std::size_t most) override {
    const std::lock_guard lock(lock_);
    Durations found;
    recent_.each_attempt_of(pipeline, [&](const StepAttempt& attempt) {
      if (attempt.outcome == "ran") found[attempt.step].push_back(attempt.duration);
    });
    for (auto& [step, older] : database_.durations(pipeline, most)) {
      std::vector<Milliseconds>& of_step = found[step];
      of_step.insert(of_step.end(), older.begin(), older.end());
    }
    for (auto& [step, of_step] : found) of_step.resize(std::min(of_step.size(), most));
    return found;
  }

  std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline) override {
    const std::lock_guard lock(lock_);
    StoredResults results;  // each is asked for by its key here
    auto found = database_.last_times(pipeline, results);
    for (const Record& record : recent_.records()) {
      const auto* attempt = std::get_if<StepAttempt>(&record);
      if (attempt == nullptr || attempt->pipeline != pipeline) continue;
      found[attempt->step] = {.attempt = 0, .key = attempt->key, .duration = attempt->duration};
    }
    return found;
  }

  std::vector<RunRecord> runs(std::size_t most) override {
    const std::lock_guard lock(lock_);
    std::vector<RunRecord> found = database_.runs(most);
    for (const Record& record : recent_.records()) {
      const auto* finished = std::get_if<FinishedRun>(&record);
      if (finished == nullptr) continue;
      const auto run = std::find_if(found.begin(), found.end(), [&](const RunRecord& one) { return one.run == finished->run.run; });
      if (run == found.end()) continue;
      run->duration = finished->run.duration;
      run->outcome = finished->run.outcome;
      run->ran = finished->run.ran;
      run->cached = finished->run.cached;
      run->failed = finished->run.failed;
    }
    return found;
  }

  DigestMemory& digest_memory() override { return *this; }

  Result<void> record_result(const StepResult&) override { return refused(); }
  Result<void> mark_synced(const std::vector<std::string>&) override { return refused(); }
  void forget_result(std::string_view) override { is_refused_ = true; }
  Result<void> record_attempt(const StepAttempt&) override { return refused(); }
  Result<std::string> begin_run(const RunRecord&) override { return tl::unexpected(refused().error()); }
  Result<void> finish_run(const RunRecord&) override { return refused(); }
  Result<void> flush() override { return is_refused_ ? refused() : Result<void>(); }

 private:
  Result<void> refused() const {
    return failure("cannot write to `" + folder_.string() + "`: it can only be read here", "look at who owns it (`ls -ld " + folder_.string() + "`), and at how its disk is mounted");
  }

  /// Of engines at work, and of killed ones: nobody else brings it into the database.
  void read_journals() {
    RealFiles files;
    const auto names = files.list(folder_ / "journal");
    if (!names) return;  // no folder, no journals
    for (const std::string& name : *names) {
      const auto bytes = files.read(folder_ / "journal" / name);
      if (!bytes) continue;
      for (const std::string& text : read_journal(*bytes, database_.applied(name)).records) {
        if (auto record = decode_record(text, folder_)) recent_.add(std::move(*record), 0);
      }
    }
  }

  std::optional<RememberedDigest> find(const fs::path& path) override {
    const std::lock_guard lock(lock_);
    const auto found = digests_.find(path.native());
    return found != digests_.end() ? std::optional(found->second) : database_.find_digest(path.native());
  }
  void remember(const fs::path& path, const RememberedDigest& digest) override {
    const std::lock_guard lock(lock_);
    digests_.insert_or_assign(path.native(), digest);
  }

  const fs::path folder_;
  std::mutex lock_;
  StateDatabase database_;
  PendingRecords recent_;
  std::unordered_map<std::string, RememberedDigest> digests_;
  bool is_refused_ = false;
};

}  // namespace

bool is_read_only(const fs::path& folder) {
  const fs::path database = StateDatabase::path_in(folder);
  const auto is_closed = [](const fs::path& path) { return ::access(path.c_str(), F_OK) == 0 && ::access(path.c_str(), W_OK) != 0; };
  return is_closed(folder) || is_closed(database);
}

Result<std::unique_ptr<State>> open_read_only_state(const fs::path& given) {
  const fs::path folder = fs::absolute(given).lexically_normal();
  if (::access(StateDatabase::path_in(folder).c_str(), F_OK) != 0) return memory_state();  // nothing has run
  auto database = StateDatabase::open_read_only(folder);
  if (!database) return tl::unexpected(std::move(database.error()));
  if (!*database) return memory_state();
  return std::unique_ptr<State>(new ReadOnlyState(folder, std::move(**database)));
}

}  // namespace sdlrun::engine
