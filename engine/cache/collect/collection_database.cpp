#include "engine/cache/collect/collection_database.hpp"

#include <unordered_set>

#include "engine/cache/id_ranges.hpp"
#include "engine/cache/record.hpp"
#include "engine/cache/state_database.hpp"

namespace sdlrun::engine {

namespace {

constexpr const char* runs_sql =
    "SELECT rowid, run, pipeline, outcome, started, journal, attempts_before, cached_attempts FROM runs ORDER BY rowid DESC";
constexpr const char* running_sql =
    "SELECT rowid, run, pipeline, outcome, started, journal, attempts_before, cached_attempts FROM runs "
    "WHERE outcome = 'running' OR rowid > ?";

}  // namespace

Result<CollectionDatabase> CollectionDatabase::open(const std::filesystem::path& state_folder) {
  auto database = Database::open(StateDatabase::path_in(state_folder));
  if (!database) return tl::unexpected(std::move(database.error()));
  return CollectionDatabase(std::move(*database), state_folder);
}

Result<void> CollectionDatabase::done(const Use& use) const {
  if (use.failed()) return tl::unexpected(database_.error("read"));
  return {};
}

// ---- reading -------------------------------------------------------------------------------------------------------

Result<std::vector<RunOnRecord>> CollectionDatabase::read_runs(Use& rows) {
  std::vector<RunOnRecord> found;
  while (rows.next()) {
    found.push_back({.row = rows.integer(0),
                     .run = std::string(rows.text(1)),
                     .pipeline = std::string(rows.text(2)),
                     .outcome = std::string(rows.text(3)),
                     .started = rows.integer(4),
                     .journal = std::string(rows.text(5)),
                     .attempts_before = rows.integer(6),
                     .cached_attempts = std::string(rows.text(7))});
  }
  if (auto read = done(rows); !read) return tl::unexpected(std::move(read.error()));
  return found;
}

Result<std::vector<RunOnRecord>> CollectionDatabase::runs() {
  Statement statement(runs_sql);
  Use use(database_, statement);
  return read_runs(use);
}

Result<std::vector<RunOnRecord>> CollectionDatabase::running_or_behind(std::int64_t row) {
  Statement statement(running_sql);
  Use use(database_, statement);
  use.bind(row);
  return read_runs(use);
}

Result<void> CollectionDatabase::each_attempt(std::int64_t behind, const std::function<void(const AttemptOnRecord&)>& take) {
  Statement statement("SELECT id, run, key, started FROM attempts WHERE id > ? ORDER BY id");
  Use use(database_, statement);
  use.bind(behind);
  while (use.next()) take({use.integer(0), use.text(1), use.text(2), use.integer(3)});
  return done(use);
}

Result<void> CollectionDatabase::each_newest_key(std::string_view pipeline, std::int64_t last,
                                                 const std::function<void(std::string_view)>& take) {
  Statement statement(
      "SELECT key FROM attempts WHERE id IN (SELECT max(id) FROM attempts WHERE pipeline = ? AND id <= ? GROUP BY step)");
  Use use(database_, statement);
  use.bind(pipeline).bind(last);
  while (use.next()) take(use.text(0));
  return done(use);
}

Result<void> CollectionDatabase::each_result(const std::function<void(std::string_view, const std::optional<dsl::Fields>&)>& take) {
  Statement statement("SELECT key, outputs FROM results WHERE outputs <> ''");
  Use use(database_, statement);
  while (use.next()) take(use.text(0), decode_outputs(use.text(1), folder_));
  return done(use);
}

std::optional<dsl::Fields> CollectionDatabase::result(std::string_view key) {
  Statement statement("SELECT outputs FROM results WHERE key = ?");
  Use use(database_, statement);
  return use.bind(key).next() ? decode_outputs(use.text(0), folder_) : std::nullopt;
}

std::uint64_t CollectionDatabase::applied(std::string_view journal) {
  Statement statement("SELECT applied FROM journals WHERE name = ?");
  Use use(database_, statement);
  return use.bind(journal).next() ? static_cast<std::uint64_t>(use.integer(0)) : 0;
}

Result<std::vector<std::string>> CollectionDatabase::digest_paths(std::string_view behind, std::int64_t most) {
  Statement statement("SELECT path FROM digests WHERE path > ? ORDER BY path LIMIT ?");
  Use use(database_, statement);
  use.bind(behind).bind(most);
  std::vector<std::string> paths;
  while (use.next()) paths.emplace_back(use.text(0));
  if (auto read = done(use); !read) return tl::unexpected(std::move(read.error()));
  return paths;
}

Result<std::vector<std::string>> CollectionDatabase::noted_requests() {
  Statement statement("SELECT request FROM unchanged");
  Use use(database_, statement);
  std::vector<std::string> requests;
  while (use.next()) requests.emplace_back(use.text(0));
  if (auto read = done(use); !read) return tl::unexpected(std::move(read.error()));
  return requests;
}

// ---- writing -------------------------------------------------------------------------------------------------------

Result<void> CollectionDatabase::forget_result(std::string_view key) {
  Statement statement("UPDATE results SET outputs = '', warnings = '[]' WHERE key = ?");
  return Use(database_, statement).bind(key).run();
}

Result<void> CollectionDatabase::forget_run(std::string_view run) {
  Statement statement("DELETE FROM runs WHERE run = ?");
  return Use(database_, statement).bind(run).run();
}

Result<void> CollectionDatabase::forget_attempts() {
  const auto known = runs();
  if (!known) return tl::unexpected(known.error());
  std::unordered_set<std::int64_t> taken_over;
  for (const RunOnRecord& run : *known) {
    for (const std::int64_t id : ids_in(run.cached_attempts)) taken_over.insert(id);
  }
  std::vector<std::int64_t> nobodys;
  {
    Statement statement(
        "SELECT id FROM attempts AS old WHERE run NOT IN (SELECT run FROM runs) AND EXISTS (SELECT 1 FROM attempts AS newer "
        "WHERE newer.pipeline = old.pipeline AND newer.step = old.step AND newer.id > old.id)");
    Use use(database_, statement);
    while (use.next()) {
      if (!taken_over.contains(use.integer(0))) nobodys.push_back(use.integer(0));
    }
    if (auto read = done(use); !read) return read;
  }
  Statement statement("DELETE FROM attempts WHERE id = ?");
  for (const std::int64_t id : nobodys) {
    if (auto gone = Use(database_, statement).bind(id).run(); !gone) return gone;
  }
  return database_.execute("DELETE FROM results WHERE outputs = '' AND key NOT IN (SELECT key FROM attempts)");
}

Result<void> CollectionDatabase::forget_digests(const std::vector<std::string>& paths) {
  Statement statement("DELETE FROM digests WHERE path = ?");
  for (const std::string& path : paths) {
    if (auto gone = Use(database_, statement).bind(path).run(); !gone) return gone;
  }
  return {};
}

Result<std::uint64_t> CollectionDatabase::shrink() {
  constexpr std::int64_t least = 1024 * 1024;
  const auto unused = database_.number("PRAGMA freelist_count"), all = database_.number("PRAGMA page_count");
  const auto page = database_.number("PRAGMA page_size");
  if (!unused || !all || !page) return tl::unexpected(database_.error("read"));
  const std::int64_t bytes = *unused * *page;
  if (bytes < least || *unused * 4 < *all) return 0;
  if (auto shrunk = database_.execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"); !shrunk) return tl::unexpected(shrunk.error());
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace sdlrun::engine
