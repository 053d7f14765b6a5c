#include "engine/cache/collect/collection.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "engine/cache/collect/choice.hpp"
#include "engine/cache/collect/named_contents.hpp"
#include "engine/cache/collection_lock.hpp"
#include "engine/cache/open_database.hpp"
#include "engine/cache/store.hpp"
#include "engine/process/left_behind.hpp"
#include "engine/unchanged/notes.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// So many results are decided on at once, while engines that publish wait.
constexpr std::size_t slice_size = 200;
constexpr auto longest_standstill_wait = std::chrono::seconds(30);
constexpr auto pause = std::chrono::milliseconds(2);

/// Held alone: no engine publishes or takes over a result, and none records anything.
struct Standstill {
  std::shared_ptr<LockedFile> lock;
  Transaction transaction;
};

class Collector {
 public:
  Collector(Files& files, const fs::path& root, const fs::path& folder, const CollectionPolicy& policy, Milliseconds now,
            CollectionDatabase database)
      : files_(files), root_(root), folder_(folder), policy_(policy), now_(now), database_(std::move(database)),
        engines_(files, folder, database_), store_(folder, files) {}

  Result<CollectionReport> collect() {
    auto collected = engines_.look()
                         .and_then([this] { return take_inventory(files_, root_, folder_, database_, engines_, policy_, now_); })
                         .and_then([this](Inventory all) {
                           all_ = std::move(all);
                           going_ = choose_what_goes(files_, folder_, policy_, now_, all_);
                           return take_results();
                         })
                         .and_then([this] { return take_store_files(); })
                         .and_then([this] { return take_runs(); })
                         .and_then([this] { return tidy_database(); })
                         .and_then([this] { return take_notes(); });
    if (!collected) return tl::unexpected(std::move(collected.error()));
    count_what_stays();
    return std::move(report_);
  }

 private:
  // ---- beside engines ----------------------------------------------------------------------------------------------

  Result<Standstill> stand_still() {
    for (auto waited = std::chrono::milliseconds(0); waited < longest_standstill_wait; waited += pause) {
      auto lock = files_.try_lock(collection_lock(folder_));
      if (!lock) return tl::unexpected(std::move(lock.error()));
      if (*lock != nullptr) {
        auto transaction = database_.begin();
        if (!transaction) return tl::unexpected(std::move(transaction.error()));
        if (auto looked = engines_.look(); !looked) return tl::unexpected(std::move(looked.error()));
        if (engines_.unknown_engine().empty()) return Standstill{std::move(*lock), std::move(*transaction)};
      }
      std::this_thread::sleep_for(pause);
    }
    const std::string& unknown = engines_.unknown_engine();
    if (unknown.empty()) return failure("cannot collect: engines have been publishing without a pause for 30 seconds", "try again when less is going on");
    return failure("cannot collect: process " + unknown.substr(0, unknown.find('-')) + " uses `" + folder_.string() + "`, and no run tells what it needs",
                   "wait for its end, and collect then");
  }

  /// What was moved there is gone for all others; to remove it takes its time.
  Result<fs::path> trash() {
    if (trash_.empty()) {
      auto made = store_.make_work_directory("gc");
      if (!made) return made;
      trash_ = *made;
    }
    return trash_ / std::to_string(++in_trash_);
  }

  Result<void> move_away(const fs::path& place) {
    const auto there = files_.status(place);
    if (!there) return tl::unexpected(there.error());
    if (!there->has_value()) return {};
    const auto to = trash();
    if (!to) return tl::unexpected(to.error());
    return files_.rename(place, *to);
  }

  Result<void> empty_trash() {
    if (trash_.empty()) return {};
    const fs::path trash = std::exchange(trash_, {});
    return store_.remove_work_directory(trash);
  }

  // ---- results -----------------------------------------------------------------------------------------------------

  Result<void> take_results() {
    std::vector<Going*> results;
    for (Going& one : going_) {
      if (one.kind == Going::Kind::result) results.push_back(&one);
    }
    for (std::size_t first = 0; first < results.size(); first += slice_size) {
      const std::size_t count = std::min(slice_size, results.size() - first);
      const std::span slice(results.data() + first, count);
      if (auto taken = policy_.dry_run ? Result<void>() : take_slice(slice); !taken) return taken;
      for (const Going* one : slice) count_result(*one);
    }
    return {};
  }

  Result<void> take_slice(std::span<Going* const> slice) {
    auto still = stand_still();
    if (!still) return tl::unexpected(std::move(still.error()));
    for (Going* one : slice) {
      if (is_needed_now(one->name)) {
        spare(*one);
      } else if (one->is_recorded) {
        if (auto forgotten = database_.forget_result(one->name); !forgotten) return forgotten;
      }
    }
    // Forgotten first: killed here, files are left that no result names.
    if (auto committed = still->transaction.commit(); !committed) return committed;
    for (const Going* one : slice) {
      if (spared_.contains(one->name)) continue;
      if (auto moved = move_away(place_of(*one, folder_)); !moved) return moved;
    }
    still->lock.reset();
    return empty_trash();
  }

  /// An engine has come to use it since it was chosen, or a result that names its files.
  bool is_needed_now(const std::string& key) {
    for (auto& [recorded, outputs] : engines_.take_new_results()) {
      names_.add(outputs);
      for (const std::string& other : other_results_in(recorded, outputs, folder_)) needed_by_new_.insert(other);
    }
    return engines_.may_use(key) || needed_by_new_.contains(key);
  }

  void spare(const Going& one) {
    spared_.insert(one.name);
    all_.results[one.name].need = Need::in_use;
    each_file_below(files_, place_of(one, folder_), [this](const FileStatus& file) { all_.disk.add(file); });
  }

  void count_result(const Going& one) {
    if (spared_.contains(one.name)) return;
    (one.is_recorded ? report_.results : report_.leftovers).add(one.bytes);
    all_.results.erase(one.name);
  }

  // ---- contents of the store ---------------------------------------------------------------------------------------

  Result<void> take_store_files() {
    const auto read = database_.each_result([this](std::string_view key, const std::optional<dsl::Fields>& outputs) {
      const bool is_there = !policy_.dry_run || all_.results.contains(std::string(key));
      if (outputs && is_there) names_.add(*outputs);
    });
    if (!read) return read;
    const auto folders = files_.list(folder_ / "store");
    if (!folders) return {};  // nothing was ever published
    for (const std::string& folder : *folders) {
      if (auto taken = take_store_files_in(folder); !taken) return taken;
    }
    return empty_trash();
  }

  Result<void> take_store_files_in(const std::string& folder) {
    const auto names = files_.list(folder_ / "store" / folder);
    if (!names) return {};
    std::vector<std::string> going;
    for (const std::string& name : *names) {
      if (is_nobodys(folder, name)) going.push_back(name);
    }
    if (going.empty()) return {};
    if (policy_.dry_run) {
      for (const std::string& name : going) count_store_file(folder, name);
      return {};
    }
    auto still = stand_still();
    if (!still) return tl::unexpected(std::move(still.error()));
    static_cast<void>(is_needed_now(""));  // takes in what new results name
    for (const std::string& name : going) {
      if (!is_nobodys(folder, name)) continue;
      count_store_file(folder, name);
      if (auto moved = move_away(folder_ / "store" / folder / name); !moved) return moved;
    }
    return {};
  }

  /// Outputs that share it keep it; without them, only a result that names it looks for it.
  bool is_nobodys(const std::string& folder, const std::string& name) const {
    if (names_.contains(folder, name)) return false;
    const auto status = files_.status(folder_ / "store" / folder / name);
    if (!status || !status->has_value()) return false;
    return (*status)->links < 2 || (policy_.dry_run && all_.disk.is_freed(**status));
  }

  void count_store_file(const std::string& folder, const std::string& name) {
    const auto status = files_.status(folder_ / "store" / folder / name);
    if (!status || !status->has_value()) return;
    // Of contents that results shared it was told with these.
    report_.store_files.add(all_.disk.is_freed(**status) ? 0 : (*status)->size);
  }

  // ---- runs, and the database --------------------------------------------------------------------------------------

  Result<void> take_runs() {
    std::vector<const Going*> runs;
    for (const Going& one : going_) {
      if (one.kind != Going::Kind::result) runs.push_back(&one);
    }
    if (!policy_.dry_run && !runs.empty()) {
      if (auto taken = take_folders(runs); !taken) return taken;
    }
    for (const Going* one : runs) {
      (one->kind == Going::Kind::run ? report_.runs : report_.leftovers).add(one->bytes);
      all_.runs.erase(one->name);
    }
    return empty_trash();
  }

  /// A run may have begun since they were chosen, and its folder have been seen without a record. Moved before the records
  /// are gone: a name that is free again may be that of a run which begins within the same second.
  Result<void> take_folders(std::vector<const Going*>& runs) {
    auto still = stand_still();
    if (!still) return tl::unexpected(std::move(still.error()));
    std::erase_if(runs, [this](const Going* one) {
      return std::find(engines_.runs().begin(), engines_.runs().end(), one->name) != engines_.runs().end();
    });
    for (const Going* one : runs) {
      if (auto forgotten = database_.forget_run(one->name); !forgotten) return forgotten;
      if (auto moved = move_away(place_of(*one, folder_)); !moved) return moved;
    }
    return still->transaction.commit();
  }

  /// What engines at work may count on stays: attempts are forgotten when none is.
  Result<void> tidy_database() {
    if (policy_.dry_run) return {};
    {
      auto transaction = database_.begin();
      if (!transaction) return tl::unexpected(std::move(transaction.error()));
      if (auto looked = engines_.look(); !looked) return looked;
      if (!engines_.runs().empty() || !engines_.unknown_engine().empty()) return {};
      if (auto forgotten = database_.forget_attempts(); !forgotten) return forgotten;
      if (auto committed = transaction->commit(); !committed) return committed;
    }
    if (auto forgotten = forget_digests(); !forgotten) return forgotten;
    auto shrunk = database_.shrink();
    // Another process reads it at this moment, or the disk has no room for a second one: the next gc tries again.
    report_.database_bytes_freed = shrunk.value_or(0);
    return {};
  }

  Result<void> forget_digests() {
    constexpr std::int64_t at_once = 1000;
    std::string behind;
    while (true) {
      auto paths = database_.digest_paths(behind, at_once);
      if (!paths) return tl::unexpected(std::move(paths.error()));
      if (paths->empty()) return {};
      behind = paths->back();
      std::erase_if(*paths, [this](const std::string& path) {
        const auto status = files_.status(path);
        return !status || status->has_value();
      });
      if (paths->empty()) continue;
      auto transaction = database_.begin();
      if (!transaction) return tl::unexpected(std::move(transaction.error()));
      if (auto forgotten = database_.forget_digests(*paths); !forgotten) return forgotten;
      if (auto committed = transaction->commit(); !committed) return committed;
    }
  }

  /// A note that comes meanwhile has its row already; should it go all the same, the next run leaves another.
  Result<void> take_notes() {
    if (policy_.dry_run) return {};
    const auto requests = database_.noted_requests();
    if (!requests) return tl::unexpected(requests.error());
    return remove_other_notes(files_, folder_, *requests);
  }

  void count_what_stays() {
    for (const auto& [key, held] : all_.results) {
      if (held.need == Need::in_use) ++report_.in_use;
      if (held.need == Need::linked) ++report_.linked;
      if (held.need == Need::of_new_run) ++report_.of_new_runs;
      if (held.need == Need::none) ++report_.recent;
    }
    report_.kept_runs = all_.runs.size();
    report_.kept_bytes = all_.disk.bytes();
    report_.running = engines_.runs();
  }

  Files& files_;
  const fs::path& root_;
  const fs::path& folder_;
  const CollectionPolicy& policy_;
  Milliseconds now_;
  CollectionDatabase database_;
  EnginesAtWork engines_;
  Store store_;
  Inventory all_;
  std::vector<Going> going_;
  std::unordered_set<std::string> spared_;         // chosen, but in use by now
  std::unordered_set<std::string> needed_by_new_;  // by results that were recorded meanwhile
  NamedContents names_;
  fs::path trash_;
  std::size_t in_trash_ = 0;
  CollectionReport report_;
};

}  // namespace

Result<CollectionReport> collect_garbage(Files& files, const fs::path& root, const fs::path& state_folder, const CollectionPolicy& policy,
                                         Milliseconds now) {
  const auto there = files.status(state_folder);
  if (!there) return tl::unexpected(there.error());
  if (!there->has_value()) return CollectionReport{};
  std::vector<std::string> warnings;
  {
    // Sets aside what is damaged, and brings in what killed engines have recorded.
    const auto opened = open_database(files, state_folder, warnings);
    if (!opened) return tl::unexpected(opened.error());
  }
  const auto alone = files.try_lock(state_folder / "gc.lock");
  if (!alone) return tl::unexpected(alone.error());
  if (*alone == nullptr) return failure("another `sdlrun gc` is at work in `" + state_folder.string() + '`', "wait for its end");
  if (auto swept = policy.dry_run ? Result<void>() : Store(state_folder, files).sweep(kill_left_behind); !swept) return tl::unexpected(swept.error());
  auto database = CollectionDatabase::open(state_folder);
  if (!database) return tl::unexpected(std::move(database.error()));
  auto report = Collector(files, root, state_folder, policy, now, std::move(*database)).collect();
  if (report) report->warnings = std::move(warnings);
  return report;
}

}  // namespace sdlrun::engine
