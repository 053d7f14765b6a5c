#include "engine/cache/state_database.hpp"

#include <array>

#include "engine/cache/id_ranges.hpp"
#include "engine/cache/schema.hpp"

namespace sdlrun::engine {

Result<StateDatabase> StateDatabase::open(const std::filesystem::path& state_folder) {
  auto database = Database::open(path_in(state_folder));
  if (!database) return tl::unexpected(std::move(database.error()));
  StateDatabase state(std::move(*database), state_folder);
  if (auto prepared = state.prepare_tables(); !prepared) return tl::unexpected(std::move(prepared.error()));
  return state;
}

Result<std::optional<StateDatabase>> StateDatabase::open_read_only(const std::filesystem::path& state_folder) {
  auto database = Database::open_read_only(path_in(state_folder));
  if (!database) return tl::unexpected(std::move(database.error()));
  StateDatabase state(std::move(*database), state_folder);
  const auto version = state.database_.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version == 0) return std::nullopt;
  if (*version > schema_version) return tl::unexpected(state.is_newer(*version));
  // Reading asks for nothing that is newer than the second format.
  if (*version >= 2) return std::optional(std::move(state));
  return failure("the state in `" + state_folder.string() + "` is of an older sdlrun, and can only be read here",
                 "run `sdlrun runs` once where it can be written: that brings it to today's format");
}

Error StateDatabase::is_newer(std::int64_t version) const {
  return {.message = "the state in `" + folder_.string() + "` was written by a newer sdlrun (format " + std::to_string(version) +
                     ", and this one knows " + std::to_string(schema_version) + ')',
          .hint = "use the newer sdlrun, or move the folder away to begin anew"};
}

Result<void> StateDatabase::prepare_tables() {
  auto version = database_.number("PRAGMA user_version");
  if (!version) return tl::unexpected(std::move(version.error()));
  if (*version == schema_version) return {};
  if (*version > schema_version) return tl::unexpected(is_newer(*version));
  auto transaction = begin();
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  // Another engine may have made the tables while we waited for the lock.
  version = database_.number("PRAGMA user_version");
  if (!version) return tl::unexpected(std::move(version.error()));
  if (*version == 0) {
    if (auto made = database_.execute(schema_sql); !made) return made;
    if (auto made = database_.execute(unchanged_sql); !made) return made;
  }
  const std::array<const char*, 4> changes{from_version_1, from_version_2, from_version_3, unchanged_sql};
  for (std::int64_t from = *version; from > 0 && from < schema_version; ++from) {
    if (auto changed = database_.execute(changes[static_cast<std::size_t>(from - 1)]); !changed) return changed;
  }
  if (*version < schema_version) {
    const std::string set_version = "PRAGMA user_version = " + std::to_string(schema_version);
    if (auto set = database_.execute(set_version.c_str()); !set) return set;
  }
  return transaction->commit();
}

bool StateDatabase::is_sound() {
  Statement check("PRAGMA quick_check(1)");
  Use use(database_, check);
  return use.next() && use.text(0) == "ok";
}

// ---- reading -------------------------------------------------------------------------------------------------------

std::optional<StepResult> StateDatabase::find_result(std::string_view key) {
  Use use(database_, find_result_);
  use.bind(key);
  if (!use.next()) return std::nullopt;
  return decode(key, {.outputs = std::string(use.text(0)),
                      .warnings = std::string(use.text(1)),
                      .duration = Milliseconds(use.integer(2)),
                      .unsynced_boot = std::string(use.text(3))},
                folder_);
}

bool StateDatabase::is_empty() {
  Use use(database_, is_empty_);
  return use.next() && use.integer(0) != 0;
}

std::optional<StepResult> StateDatabase::decode(std::string_view key, const StoredResult& stored, const std::filesystem::path& state_folder) {
  auto outputs = decode_outputs(stored.outputs, state_folder);
  if (!outputs) return std::nullopt;
  return StepResult{.key = std::string(key),
                    .outputs = std::move(*outputs),
                    .warnings = decode_warnings(stored.warnings),
                    .duration = stored.duration,
                    .unsynced_boot = stored.unsynced_boot};
}

bool StateDatabase::was_collected(std::string_view key) {
  Use use(database_, was_collected_);
  return use.bind(key).next();
}

std::vector<RunRecord> StateDatabase::runs(std::size_t most) {
  std::vector<RunRecord> found;
  Use use(database_, runs_);
  use.bind(static_cast<std::int64_t>(std::min<std::size_t>(most, INT64_MAX)));
  while (use.next()) {
    found.push_back({.run = std::string(use.text(0)),
                     .pipeline = std::string(use.text(1)),
                     .file = std::string(use.text(2)),
                     .command = std::string(use.text(3)),
                     .started = Milliseconds(use.integer(4)),
                     .duration = Milliseconds(use.integer(5)),
                     .outcome = std::string(use.text(6)),
                     .ran = use.integer(7),
                     .cached = use.integer(8),
                     .failed = use.integer(9)});
  }
  return found;
}

std::optional<RememberedDigest> StateDatabase::find_digest(const std::string& path) {
  Use use(database_, find_digest_);
  use.bind(path);
  if (!use.next()) return std::nullopt;
  return RememberedDigest{.status = {.kind = FileKind::regular,
                                     .executable = use.integer(6) != 0,
                                     .size = static_cast<std::uint64_t>(use.integer(0)),
                                     .modified = use.integer(1),
                                     .changed = use.integer(2),
                                     .inode = static_cast<std::uint64_t>(use.integer(3)),
                                     .device = static_cast<std::uint64_t>(use.integer(4)),
                                     .links = static_cast<std::uint64_t>(use.integer(5))},
                          .digest = std::string(use.text(7))};
}

std::uint64_t StateDatabase::applied(std::string_view journal) {
  Use use(database_, applied_);
  use.bind(journal);
  return use.next() ? static_cast<std::uint64_t>(use.integer(0)) : 0;
}

// ---- writing -------------------------------------------------------------------------------------------------------

Result<void> StateDatabase::apply(const Record& record) {
  return std::visit([this](const auto& one) { return write(one); }, record);
}

Result<void> StateDatabase::write(const StepResult& result) {
  Use use(database_, write_result_);
  use.bind(result.key).bind(encode_outputs(result.outputs, folder_)).bind(encode_warnings(result.warnings));
  return use.bind(result.duration.count()).bind(result.unsynced_boot).run();
}

Result<void> StateDatabase::write(const SyncedResults& synced) {
  for (const std::string& key : synced.keys) {
    Use use(database_, mark_synced_);
    if (auto marked = use.bind(key).run(); !marked) return marked;
  }
  return {};
}

Result<void> StateDatabase::write(const ForgottenResult& result) {
  Use use(database_, forget_result_);
  return use.bind(result.key).run();
}

Result<void> StateDatabase::write(const StepAttempt& attempt) {
  Use use(database_, write_attempt_);
  use.bind(attempt.pipeline).bind(attempt.step).bind(attempt.run).bind(attempt.key).bind(encode_parts(attempt.parts));
  use.bind(attempt.outcome).bind(attempt.reason).bind(attempt.started.count()).bind(attempt.duration.count());
  return use.bind(encode_log_file(attempt.log_file, folder_)).run();
}

Result<void> StateDatabase::write(const FinishedRun& finished) {
  const RunRecord& run = finished.run;
  Use use(database_, finish_run_);
  use.bind(run.duration.count()).bind(run.outcome).bind(run.ran).bind(run.cached).bind(run.failed);
  return use.bind(id_ranges(run.cached_attempts)).bind(run.run).run();
}

Result<void> StateDatabase::remember(const std::string& path, const RememberedDigest& digest) {
  const FileStatus& status = digest.status;
  Use use(database_, write_digest_);
  use.bind(path).bind(static_cast<std::int64_t>(status.size)).bind(status.modified).bind(status.changed);
  use.bind(static_cast<std::int64_t>(status.inode)).bind(static_cast<std::int64_t>(status.device));
  use.bind(static_cast<std::int64_t>(status.links)).bind(std::int64_t{status.executable});
  return use.bind(digest.digest).run();
}

Result<bool> StateDatabase::insert_run(const RunRecord& record, std::string_view journal) {
  Use use(database_, insert_run_);
  use.bind(record.run).bind(record.pipeline).bind(record.file).bind(record.command).bind(record.started.count());
  use.bind(record.duration.count()).bind(record.outcome).bind(record.ran).bind(record.cached).bind(record.failed);
  use.bind(journal);
  const bool inserted = use.next();
  // A step behind the end would run the statement anew.
  const auto done = inserted || use.failed() ? use.run() : Result<void>();
  if (!done) return tl::unexpected(done.error());
  return inserted;
}

Result<void> StateDatabase::mark_crashed_runs(const std::set<std::string>& journals) {
  std::vector<std::string> crashed;
  {
    Use use(database_, running_);
    while (use.next()) {
      if (!journals.contains(std::string(use.text(1)))) crashed.emplace_back(use.text(0));
    }
  }
  for (const std::string& run : crashed) {
    Use use(database_, crash_run_);
    if (auto done = use.bind(run).run(); !done) return done;
  }
  return {};
}

Result<void> StateDatabase::set_applied(std::string_view journal, std::uint64_t bytes) {
  Use use(database_, set_applied_);
  return use.bind(journal).bind(static_cast<std::int64_t>(bytes)).run();
}

Result<void> StateDatabase::forget_journal(std::string_view journal) {
  Use use(database_, forget_journal_);
  return use.bind(journal).run();
}

}  // namespace sdlrun::engine
