#include "engine/cache/collect/engines_at_work.hpp"

#include <algorithm>

#include "engine/cache/journal.hpp"
#include "engine/cache/record.hpp"

namespace sdlrun::engine {

Result<void> EnginesAtWork::look() {
  if (!has_looked_) {
    const auto run = database_.newest_run();
    const auto attempt = database_.newest_attempt();
    if (!run) return tl::unexpected(run.error());
    if (!attempt) return tl::unexpected(attempt.error());
    newest_run_ = *run;
    newest_attempt_ = *attempt;
  }
  if (auto looked = look_at_runs(); !looked) return looked;
  if (auto looked = look_at_attempts(newest_attempt_); !looked) return looked;
  look_at_journals();
  has_looked_ = true;
  return {};
}

/// A run's cached steps have mostly written nothing: what it may have taken over are the newest attempts of its pipeline's
/// steps, of when it began or of later.
Result<void> EnginesAtWork::look_at_runs() {
  const auto runs = database_.running_or_behind(newest_run_);
  if (!runs) return tl::unexpected(runs.error());
  for (const RunOnRecord& run : *runs) {
    if (!seen_runs_.insert(run.run).second) continue;
    runs_.push_back(run.run);
    journals_.insert(run.journal);
    const auto read = database_.each_newest_key(run.pipeline, run.attempts_before, [this](std::string_view key) { add(key); });
    if (!read) return read;
    if (auto looked = look_at_attempts(run.attempts_before); !looked) return looked;
  }
  return {};
}

Result<void> EnginesAtWork::look_at_attempts(std::int64_t behind) {
  return database_.each_attempt(behind, [this](const AttemptOnRecord& attempt) {
    newest_attempt_ = std::max(newest_attempt_, attempt.id);
    add(attempt.key);
  });
}

void EnginesAtWork::add(std::string_view key) {
  // What was there at the first look is no news.
  if (!keys_.insert(std::string(key)).second || !has_looked_) return;
  if (auto outputs = database_.result(key)) new_results_.emplace_back(key, std::move(*outputs));
}

void EnginesAtWork::look_at_journals() {
  unknown_engine_.clear();
  const auto names = files_.list(folder_ / "journal");
  if (!names) return;  // no folder, no journals
  for (const std::string& name : *names) look_at_journal(name);
}

/// What an engine has recorded lately is here, and not yet in the database.
void EnginesAtWork::look_at_journal(const std::string& name) {
  const std::filesystem::path path = folder_ / "journal" / name;
  if (!journals_.contains(name)) {
    const auto lock = files_.try_lock(path);
    if (lock && *lock == nullptr) unknown_engine_ = name;
  }
  const auto bytes = files_.read(path);
  if (!bytes) return;
  for (const std::string& text : read_journal(*bytes, database_.applied(name)).records) {
    const auto record = decode_record(text, folder_);
    if (!record) continue;
    if (const auto* attempt = std::get_if<StepAttempt>(&*record)) keys_.insert(attempt->key);
    const auto* result = std::get_if<StepResult>(&*record);
    if (result == nullptr) continue;
    keys_.insert(result->key);
    new_results_.emplace_back(result->key, result->outputs);
  }
}

}  // namespace sdlrun::engine
