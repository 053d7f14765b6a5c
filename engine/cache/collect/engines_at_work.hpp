// What engines that run beside gc may believe to be there.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/cache/collect/collection_database.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// What was seen once stays in use until gc has ended, so that a run that ends meanwhile loses nothing.
class EnginesAtWork {
 public:
  EnginesAtWork(Files& files, std::filesystem::path state_folder, CollectionDatabase& database)
      : files_(files), folder_(std::move(state_folder)), database_(database) {}

  /// Looks at runs, attempts and journals anew. Between the first time and the next ones nothing is missed; for what is seen
  /// to hold still, hold the collection's lock and a transaction.
  Result<void> look();

  bool may_use(const std::string& key) const { return keys_.contains(key); }
  /// Names of runs that go on, or have since the first look.
  const std::vector<std::string>& runs() const { return runs_; }
  /// The name of a journal whose engine no run tells of: one that just starts or ends, or whose run was lost with a damaged
  /// database. Empty where there is none.
  const std::string& unknown_engine() const { return unknown_engine_; }
  /// Results that were recorded since the first look, as far as they were not given before.
  std::vector<std::pair<std::string, dsl::Fields>> take_new_results() { return std::exchange(new_results_, {}); }

 private:
  Result<void> look_at_runs();
  Result<void> look_at_attempts(std::int64_t behind);
  void look_at_journals();
  void look_at_journal(const std::string& name);
  void add(std::string_view key);

  Files& files_;
  std::filesystem::path folder_;
  CollectionDatabase& database_;
  bool has_looked_ = false;
  std::int64_t newest_run_ = 0;
  std::int64_t newest_attempt_ = 0;
  std::unordered_set<std::string> seen_runs_;
  std::vector<std::string> runs_;
  std::set<std::string> journals_;  // of seen runs
  std::string unknown_engine_;
  std::unordered_set<std::string> keys_;
  std::vector<std::pair<std::string, dsl::Fields>> new_results_;
};

}  // namespace sdlrun::engine
