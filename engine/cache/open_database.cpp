#include "engine/cache/open_database.hpp"

#include <chrono>
#include <thread>

#include "engine/cache/journal.hpp"
#include "engine/cache/run_name.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// Checking every page of a small file costs a few milliseconds; of a large one it would be felt at each start, and
/// damage there is met when it is read.
constexpr std::uint64_t largest_checked = 4 * 1024 * 1024;

/// What is in the state folder is this machine's own: nobody wants it in their repository. Locked, so that whatever bears a
/// temporary name is left of an engine that was killed here.
Result<void> keep_out_of_repositories(Files& files, const fs::path& folder) {
  const fs::path ignore = folder / ".gitignore";
  const auto status = files.status(ignore);
  if (!status) return tl::unexpected(status.error());
  if (status->has_value()) return {};
  const auto names = files.list(folder);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.starts_with(RealFiles::temporary_prefix)) continue;
    if (auto removed = files.remove(folder / name); !removed) return removed;
  }
  return files.write(ignore, "*\n");
}

/// One engine at a time opens, replays and sets aside: each of these is a matter of milliseconds.
Result<std::shared_ptr<LockedFile>> lock_opening(Files& files, const fs::path& folder) {
  constexpr auto pause = std::chrono::milliseconds(5);
  constexpr auto patience = std::chrono::seconds(20);
  const fs::path path = folder / "opening.lock";
  for (auto waited = std::chrono::milliseconds(0); waited < patience; waited += pause) {
    auto lock = files.try_lock(path);
    if (!lock || *lock != nullptr) return lock;
    std::this_thread::sleep_for(pause);
  }
  return failure(
      "cannot open the state in `" + folder.string() + "`: another sdlrun has been opening it for 20 seconds",
      "see with `fuser " + path.string() + "` which one hangs, and end it");
}

bool is_there(const Files& files, const fs::path& path) {
  const auto status = files.status(path);
  return status && status->has_value();
}

/// Gives the name it has now.
Result<fs::path> set_aside(Files& files, const fs::path& database) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  fs::path aside;
  for (int number = 1; aside.empty() || is_there(files, aside); ++number) {
    aside = database.string() + ".damaged-" + run_name(std::chrono::duration_cast<Milliseconds>(now), number);
  }
  if (auto renamed = files.rename(database, aside); !renamed) return tl::unexpected(std::move(renamed.error()));
  static_cast<void>(files.rename(database.string() + "-wal", aside.string() + "-wal"));
  static_cast<void>(files.remove(database.string() + "-shm"));
  return aside;
}

bool is_sound(const Files& files, Result<StateDatabase>& database, const fs::path& path, bool check_all) {
  if (!database) return !Database::is_damaged_file(path);
  const auto status = files.status(path);
  const bool is_checked = check_all || (status && status->has_value() && (*status)->size <= largest_checked);
  return !is_checked || database->is_sound();
}

Result<StateDatabase> open_sound(Files& files, const fs::path& folder, bool check_all, std::vector<std::string>& warnings) {
  const fs::path path = StateDatabase::path_in(folder);
  const auto before = files.status(path);
  const bool is_new = before && (!*before || (*before)->size == 0);
  if (is_new && is_there(files, folder / "runs")) {
    warnings.push_back("`" + path.string() + "` " + (*before ? "is empty" : "is gone") + ", though there were runs: all steps run again");
  }
  auto database = StateDatabase::open(folder);
  if (is_sound(files, database, path, check_all)) return database;
  const auto aside = set_aside(files, path);
  if (!aside) return tl::unexpected(aside.error());
  warnings.push_back("`" + path.string() + "` was damaged and is now `" + aside->filename().string() +
                     "`: steps whose results it held run again");
  return StateDatabase::open(folder);
}

/// Everything in one transaction with the place it reaches to: replayed twice it would be applied once.
Result<void> replay(const EndedJournal& journal, const std::string& bytes, const fs::path& folder,
                    StateDatabase& database) {
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  const JournalContent content = read_journal(bytes, database.applied(journal.name()));
  for (const std::string& text : content.records) {
    const auto record = decode_record(text, folder);
    if (!record) continue;
    if (auto applied = database.apply(*record); !applied) return applied;
  }
  if (auto set = database.set_applied(journal.name(), content.end); !set) return set;
  return transaction->commit();
}

Result<void> replay_ended_journals(Files& files, const fs::path& folder, StateDatabase& database,
                                   std::vector<std::string>& warnings) {
  for (const EndedJournal& journal : ended_journals(files, folder / "journal")) {
    const auto bytes = journal.read();
    if (!bytes || !is_journal(*bytes)) {
      warnings.push_back("`" + (folder / "journal" / journal.name()).string() +
                         "` is no journal of this sdlrun: left alone");
      continue;
    }
    if (auto replayed = replay(journal, *bytes, folder, database); !replayed) return replayed;
    journal.remove();
    if (auto forgotten = database.forget_journal(journal.name()); !forgotten) return forgotten;
  }
  return {};
}

std::set<std::string> journals_of_the_living(const Files& files, const fs::path& folder) {
  auto names = files.list(folder / "journal");
  return names ? std::set<std::string>(names->begin(), names->end()) : std::set<std::string>();
}

}  // namespace

Result<StateDatabase> open_database(Files& files, const fs::path& state_folder, std::vector<std::string>& warnings) {
  if (auto made = files.make_directories(state_folder); !made) return tl::unexpected(std::move(made.error()));
  const auto lock = lock_opening(files, state_folder);
  if (!lock) return tl::unexpected(lock.error());
  if (auto kept = keep_out_of_repositories(files, state_folder); !kept) return tl::unexpected(std::move(kept.error()));
  auto database = open_sound(files, state_folder, false, warnings);
  if (!database) return database;
  if (auto done = replay_ended_journals(files, state_folder, *database, warnings); !done) return tl::unexpected(done.error());
  const auto marked = database->mark_crashed_runs(journals_of_the_living(files, state_folder));
  if (!marked) return tl::unexpected(marked.error());
  return database;
}

Result<void> replace_database(Files& files, const fs::path& state_folder, StateDatabase& writer, StateDatabase& reader,
                              std::mutex& reader_lock) {
  const std::lock_guard lock_reader(reader_lock);
  if (!writer.is_damaged() && !reader.is_damaged()) return {};
  const auto lock = lock_opening(files, state_folder);
  if (!lock) return tl::unexpected(lock.error());
  std::vector<std::string> warnings;  // the file that is set aside is the word on it
  auto new_writer = open_sound(files, state_folder, true, warnings);
  if (!new_writer) return tl::unexpected(std::move(new_writer.error()));
  auto new_reader = StateDatabase::open(state_folder);
  if (!new_reader) return tl::unexpected(std::move(new_reader.error()));
  writer = std::move(*new_writer);
  reader = std::move(*new_reader);
  return {};
}

}  // namespace sdlrun::engine
