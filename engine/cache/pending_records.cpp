#include "engine/cache/pending_records.hpp"

namespace sdlrun::engine {

std::string step_of(std::string_view pipeline, std::string_view step) { return std::string(pipeline) + '\0' + std::string(step); }

void PendingRecords::add(Record record, std::uint64_t journal_end) {
  const std::size_t index = records_.size();
  if (const auto* result = std::get_if<StepResult>(&record)) results_[result->key] = index;
  if (const auto* forgotten = std::get_if<ForgottenResult>(&record)) results_[forgotten->key] = index;
  if (const auto* synced = std::get_if<SyncedResults>(&record)) mark_synced(synced->keys);
  if (const auto* attempt = std::get_if<StepAttempt>(&record))
    attempts_[step_of(attempt->pipeline, attempt->step)] = index;
  records_.push_back(std::move(record));
  journal_end_ = journal_end;
}

void PendingRecords::mark_synced(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto found = results_.find(key);
    auto* result = found == results_.end() ? nullptr : std::get_if<StepResult>(&records_[found->second]);
    if (result != nullptr) result->unsynced_boot.clear();
  }
}

void PendingRecords::append(PendingRecords newer) {
  for (Record& record : newer.records_) add(std::move(record), newer.journal_end_);
  for (auto& [path, digest] : newer.digests_) digests_.insert_or_assign(path, std::move(digest));
}

const Record* PendingRecords::result(std::string_view key) const {
  const auto found = results_.find(std::string(key));
  return found == results_.end() ? nullptr : &records_[found->second];
}

const StepAttempt* PendingRecords::last_attempt(std::string_view pipeline, std::string_view step) const {
  const auto found = attempts_.find(step_of(pipeline, step));
  return found == attempts_.end() ? nullptr : &std::get<StepAttempt>(records_[found->second]);
}

}  // namespace sdlrun::engine
