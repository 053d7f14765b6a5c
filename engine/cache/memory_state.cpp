// The state in memory: the same promises, until the process ends.
#include <algorithm>
#include <map>
#include <mutex>

#include "engine/cache/run_name.hpp"
#include "engine/cache/state.hpp"

namespace sdlrun::engine {

namespace {

class MemoryState final : public State, private DigestMemory {
 public:
  std::optional<StepResult> find_result(std::string_view key) override {
    const std::lock_guard lock(lock_);
    const auto found = results_.find(key);
    return found == results_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<void> record_result(const StepResult& result) override {
    const std::lock_guard lock(lock_);
    results_.insert_or_assign(result.key, result);
    return {};
  }
  /// Of no boot of its own: what the caller says stays.
  Result<void> mark_synced(const std::vector<std::string>& keys) override {
    const std::lock_guard lock(lock_);
    for (const std::string& key : keys) {
      if (const auto found = results_.find(key); found != results_.end()) found->second.unsynced_boot.clear();
    }
    return {};
  }
  void forget_result(std::string_view key) override {
    const std::lock_guard lock(lock_);
    if (const auto found = results_.find(key); found != results_.end()) results_.erase(found);
  }

  Result<void> record_attempt(const StepAttempt& attempt) override {
    const std::lock_guard lock(lock_);
    newest_.insert_or_assign({attempt.pipeline, attempt.step}, attempts_.size());
    attempts_.push_back(attempt);
    return {};
  }
  std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step) override {
    const std::lock_guard lock(lock_);
    const auto found = newest_.find({std::string(pipeline), std::string(step)});
    return found == newest_.end() ? std::nullopt : std::optional(attempts_[found->second]);
  }
  std::vector<StepAttempt> attempts(std::string_view run) override {
    const std::lock_guard lock(lock_);
    std::vector<StepAttempt> found;
    std::copy_if(attempts_.begin(), attempts_.end(), std::back_inserter(found),
                 [&](const StepAttempt& attempt) { return attempt.run == run; });
    const RunRecord* record = find_run(std::string(run));
    if (record == nullptr) return found;
    for (const std::int64_t id : record->cached_attempts) {
      found.push_back(taken_over(attempts_.at(static_cast<std::size_t>(id - 1)), run));
    }
    return found;
  }
  std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most) override {
    const std::lock_guard lock(lock_);
    std::vector<StepAttempt> found;
    for (auto attempt = attempts_.rbegin(); attempt != attempts_.rend() && found.size() < most; ++attempt) {
      if (attempt->pipeline == pipeline && attempt->step == step) found.push_back(*attempt);
    }
    return found;
  }
  std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most) override {
    Durations all = durations(pipeline, most);
    return std::move(all[std::string(step)]);
  }
  Durations durations(std::string_view pipeline, std::size_t most) override {
    const std::lock_guard lock(lock_);
    Durations found;
    for (auto attempt = attempts_.rbegin(); attempt != attempts_.rend(); ++attempt) {
      if (attempt->pipeline != pipeline || attempt->outcome != "ran") continue;
      std::vector<Milliseconds>& of_step = found[attempt->step];
      if (of_step.size() < most) of_step.push_back(attempt->duration);
    }
    return found;
  }
  std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline) override {
    const std::lock_guard lock(lock_);
    std::unordered_map<std::string, LastTime> found;
    for (const auto& [name, index] : newest_) {
      const StepAttempt& attempt = attempts_[index];
      const bool ended_well = attempt.outcome == "ran" || attempt.outcome == "cached";
      if (name.first != pipeline || !ended_well) continue;
      found.try_emplace(name.second, LastTime{static_cast<std::int64_t>(index + 1), attempt.key, attempt.duration});
    }
    return found;
  }

  Result<std::string> begin_run(const RunRecord& given) override {
    const std::lock_guard lock(lock_);
    RunRecord run = given;
    run.outcome = "running";
    int number = 1;
    do {
      run.run = run_name(run.started, number++);
    } while (find_run(run.run) != nullptr);
    runs_.push_back(run);
    return run.run;
  }
  Result<void> finish_run(const RunRecord& finished) override {
    const std::lock_guard lock(lock_);
    RunRecord* run = find_run(finished.run);
    if (run == nullptr) return {};
    run->duration = finished.duration;
    run->outcome = finished.outcome;
    run->ran = finished.ran;
    run->cached = finished.cached;
    run->failed = finished.failed;
    run->cached_attempts = finished.cached_attempts;
    return {};
  }
  std::vector<RunRecord> runs(std::size_t most) override {
    const std::lock_guard lock(lock_);
    std::vector<RunRecord> found(runs_.rbegin(), runs_.rend());
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& left, const auto& right) { return left.started > right.started; });
    found.resize(std::min(most, found.size()));
    return found;
  }

  DigestMemory& digest_memory() override { return *this; }
  Result<void> flush() override { return {}; }

 private:
  std::optional<RememberedDigest> find(const std::filesystem::path& path) override {
    const std::lock_guard lock(lock_);
    const auto found = digests_.find(path.native());
    return found == digests_.end() ? std::nullopt : std::optional(found->second);
  }
  void remember(const std::filesystem::path& path, const RememberedDigest& digest) override {
    const std::lock_guard lock(lock_);
    digests_.insert_or_assign(path.native(), digest);
  }
  RunRecord* find_run(const std::string& name) {
    const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const RunRecord& run) { return run.run == name; });
    return found == runs_.end() ? nullptr : &*found;
  }

  std::mutex lock_;
  std::map<std::string, StepResult, std::less<>> results_;
  std::vector<StepAttempt> attempts_;
  std::map<std::pair<std::string, std::string>, std::size_t> newest_;
  std::vector<RunRecord> runs_;
  std::map<std::string, RememberedDigest> digests_;
};

}  // namespace

std::unique_ptr<State> memory_state() {
  return std::make_unique<MemoryState>();
}

}  // namespace sdlrun::engine
