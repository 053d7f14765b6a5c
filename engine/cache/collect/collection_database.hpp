// state.db as gc sees it: last uses in, forgotten results and runs out.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/cache/database.hpp"

namespace sdlrun::engine {

struct RunOnRecord {
  std::int64_t row = 0;  // grows with each run
  std::string run = {};
  std::string pipeline = {};
  std::string outcome = {};
  std::int64_t started = 0;
  std::string journal = {};
  std::int64_t attempts_before = 0;
  std::string cached_attempts = {};  // ranges of ids
};

struct AttemptOnRecord {
  std::int64_t id = 0;
  std::string_view run;
  std::string_view key;
  std::int64_t started = 0;
};

/// A connection of gc's own. What cannot be read is an error: what is not seen would be taken away.
class CollectionDatabase {
 public:
  static Result<CollectionDatabase> open(const std::filesystem::path& state_folder);

  /// Takes the write lock: no engine records until it goes.
  Result<Transaction> begin() { return Transaction::begin(database_); }

  Result<std::int64_t> newest_run() { return database_.number("SELECT ifnull(max(rowid), 0) FROM runs"); }
  Result<std::int64_t> newest_attempt() { return database_.number("SELECT ifnull(max(id), 0) FROM attempts"); }
  /// All of them, newest first.
  Result<std::vector<RunOnRecord>> runs();
  /// Those that go on, and those behind a row.
  Result<std::vector<RunOnRecord>> running_or_behind(std::int64_t row);
  /// Attempts behind an id, oldest first.
  Result<void> each_attempt(std::int64_t behind, const std::function<void(const AttemptOnRecord&)>& take);
  /// Keys of the newest attempts of a pipeline's steps, none of them behind `last`.
  Result<void> each_newest_key(std::string_view pipeline, std::int64_t last, const std::function<void(std::string_view)>& take);
  /// Results that are there; one that cannot be read has no outputs.
  Result<void> each_result(const std::function<void(std::string_view key, const std::optional<dsl::Fields>&)>& take);
  std::optional<dsl::Fields> result(std::string_view key);
  std::uint64_t applied(std::string_view journal);

  /// Of notes that are true or yet to come.
  Result<std::vector<std::string>> noted_requests();

  /// Leaves a mark in its place, so that `plan` can say why the step runs. Expects a transaction, as the next ones do.
  Result<void> forget_result(std::string_view key);
  Result<void> forget_run(std::string_view run);
  /// Attempts of forgotten runs, but for those that other runs have taken over, and for the newest of each step: they say
  /// what has changed since. Then the marks of results that no attempt asks for any more.
  Result<void> forget_attempts();
  /// Digests of files that are gone.
  Result<void> forget_digests(const std::vector<std::string>& paths);
  /// Paths behind one, in their order, at most so many.
  Result<std::vector<std::string>> digest_paths(std::string_view behind, std::int64_t most);

  /// Gives unused pages back to the file system where they are many; how many bytes. Expects no transaction.
  Result<std::uint64_t> shrink();

 private:
  CollectionDatabase(Database database, std::filesystem::path folder) : database_(std::move(database)), folder_(std::move(folder)) {}
  Result<std::vector<RunOnRecord>> read_runs(Use& rows);
  Result<void> done(const Use& use) const;

  Database database_;
  std::filesystem::path folder_;
};

}  // namespace sdlrun::engine
