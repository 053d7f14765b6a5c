// What is in the journal and not yet in the database: found by key and by step, so that a process sees what it
// recorded.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/cache/record.hpp"

namespace sdlrun::engine {

/// One text for a step. No name holds a NUL byte, and so no key looks like it.
std::string step_of(std::string_view pipeline, std::string_view step);

class PendingRecords {
 public:
  /// `journal_end` is where the journal ends with this record in it.
  void add(Record record, std::uint64_t journal_end);
  /// Puts what is newer behind this.
  void append(PendingRecords newer);
  void remember(const std::string& path, const RememberedDigest& digest) { digests_.insert_or_assign(path, digest); }

  /// The newest word on a result: a StepResult or a ForgottenResult; null where there is none.
  const Record* result(std::string_view key) const;
  const StepAttempt* last_attempt(std::string_view pipeline, std::string_view step) const;

  /// Of one pipeline, the newest first.
  template <typename Take>
  void each_attempt_of(std::string_view pipeline, Take take) const {
    for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
      const auto* attempt = std::get_if<StepAttempt>(&*record);
      if (attempt != nullptr && attempt->pipeline == pipeline) take(*attempt);
    }
  }

  const std::vector<Record>& records() const { return records_; }
  const std::unordered_map<std::string, RememberedDigest>& digests() const { return digests_; }
  std::uint64_t journal_end() const { return journal_end_; }
  bool empty() const { return records_.empty() && digests_.empty(); }

 private:
  void mark_synced(const std::vector<std::string>& keys);

  std::vector<Record> records_;
  std::unordered_map<std::string, std::size_t> results_;
  std::unordered_map<std::string, std::size_t> attempts_;
  std::unordered_map<std::string, RememberedDigest> digests_;
  std::uint64_t journal_end_ = 0;
};

}  // namespace sdlrun::engine
