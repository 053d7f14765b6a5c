#include "engine/cache/collect/inventory.hpp"

#include <algorithm>
#include <map>

#include "engine/cache/file_values.hpp"
#include "engine/cache/id_ranges.hpp"
#include "engine/cache/store_layout.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// Names in a folder; none where there is none.
std::vector<std::string> names_in(const Files& files, const fs::path& folder) {
  auto names = files.list(folder);
  return names ? std::move(*names) : std::vector<std::string>();
}

class Taking {
 public:
  Taking(Files& files, fs::path root, fs::path folder, CollectionDatabase& database, const EnginesAtWork& engines,
         const CollectionPolicy& policy, Milliseconds now)
      : files_(files), root_(std::move(root)), folder_(std::move(folder)), database_(database), engines_(engines), policy_(policy), now_(now) {}

  Result<Inventory> take() {
    if (auto seen = see_results(); !seen) return tl::unexpected(seen.error());
    see_files();
    if (auto seen = see_runs(); !seen) return tl::unexpected(seen.error());
    if (auto seen = see_attempts(); !seen) return tl::unexpected(seen.error());
    see_links();
    for (auto& [key, result] : all_.results) {
      if (engines_.may_use(key)) result.need = Need::in_use;
      // No run tells of it: its engine was killed before it could.
      if (result.used == 0) result.used = result.changed > 0 ? result.changed : now_.count();
    }
    keep_others();
    return std::move(all_);
  }

 private:
  // ---- what is recorded --------------------------------------------------------------------------------------------

  Result<void> see_results() {
    return database_.each_result([this](std::string_view key, const std::optional<dsl::Fields>& outputs) {
      all_.results[std::string(key)].is_recorded = true;
      if (!outputs) return;
      auto others = other_results_in(key, *outputs, folder_);
      if (!others.empty()) all_.others[std::string(key)] = std::move(others);
    });
  }

  Result<void> see_runs() {
    const auto runs = database_.runs();
    const auto newest = database_.newest_attempt();
    if (!runs) return tl::unexpected(runs.error());
    if (!newest) return tl::unexpected(newest.error());
    taken_over_.resize(static_cast<std::size_t>(*newest) + 1);
    std::map<std::string, std::size_t> successes;  // of each pipeline
    for (const RunOnRecord& run : *runs) {
      HeldRun& held = all_.runs[run.run];
      held.used = run.started;
      const bool goes_on = std::find(engines_.runs().begin(), engines_.runs().end(), run.run) != engines_.runs().end();
      const bool is_new = run.outcome == "succeeded" && ++successes[run.pipeline] <= policy_.keep_runs;
      held.is_needed = goes_on || is_new;
      if (held.is_needed) new_runs_.insert(run.run);
      for (const std::int64_t id : ids_in(run.cached_attempts)) {
        if (static_cast<std::size_t>(id) >= taken_over_.size()) continue;
        TakenOver& attempt = taken_over_[static_cast<std::size_t>(id)];
        attempt.last = std::max(attempt.last, run.started);
        attempt.is_needed = attempt.is_needed || held.is_needed;
      }
    }
    return {};
  }

  /// What took over an attempt has used its result, and shows its log.
  Result<void> see_attempts() {
    return database_.each_attempt(0, [this](const AttemptOnRecord& attempt) {
      const std::size_t id = static_cast<std::size_t>(attempt.id);
      const TakenOver after = id < taken_over_.size() ? taken_over_[id] : TakenOver{};
      const std::int64_t used = std::max(attempt.started, after.last);
      const std::string name(attempt.run);
      if (const auto run = all_.runs.find(name); run != all_.runs.end()) {
        run->second.used = std::max(run->second.used, used);
        run->second.is_needed = run->second.is_needed || after.is_needed;
      }
      const auto result = all_.results.find(std::string(attempt.key));
      if (result == all_.results.end()) return;
      result->second.used = std::max(result->second.used, used);
      const bool is_needed = after.is_needed || new_runs_.contains(name);
      if (is_needed) result->second.need = std::min(result->second.need, Need::of_new_run);
    });
  }

  // ---- what lies on disk -------------------------------------------------------------------------------------------

  void see_links() {
    const fs::path out = root_ / "out";
    for (const std::string& pipeline : names_in(files_, out)) {
      for (const std::string& name : names_in(files_, out / pipeline)) {
        const auto target = files_.read_link(out / pipeline / name);
        if (!target) continue;
        const auto key = key_in((out / pipeline / *target).lexically_normal(), folder_);
        const auto result = key ? all_.results.find(*key) : all_.results.end();
        if (result != all_.results.end()) result->second.need = std::min(result->second.need, Need::linked);
      }
    }
  }

  void see_files() {
    for (const std::string& key : names_in(files_, folder_ / "outputs")) all_.results[key].changed = count(folder_ / "outputs" / key);
    for (const std::string& run : names_in(files_, folder_ / "runs")) all_.runs[run].used = count(folder_ / "runs" / run);
    for (const std::string& name : names_in(files_, folder_)) {
      if (name.starts_with("state.db.damaged-")) all_.set_aside[name] = count(folder_ / name);
    }
  }

  /// Gives when the place was last changed, in milliseconds.
  std::int64_t count(const fs::path& place) {
    const auto status = files_.status(place);
    each_file_below(files_, place, [this](const FileStatus& file) { all_.disk.add(file); });
    return status && status->has_value() ? (*status)->changed / 1'000'000 : 0;
  }

  void keep_others() {
    for (const auto& [key, others] : all_.others) {
      const auto result = all_.results.find(key);
      if (result == all_.results.end()) continue;
      for (const std::string& other : others) {
        const auto held = all_.results.find(other);
        if (held == all_.results.end()) continue;
        held->second.need = std::min(held->second.need, result->second.need);
        held->second.used = std::max(held->second.used, result->second.used);
      }
    }
  }

  /// Of an attempt: when a later run last took it over, and whether one that stays did.
  struct TakenOver {
    std::int64_t last = 0;
    bool is_needed = false;
  };

  Files& files_;
  fs::path root_;
  fs::path folder_;
  CollectionDatabase& database_;
  const EnginesAtWork& engines_;
  const CollectionPolicy& policy_;
  Milliseconds now_;
  Inventory all_;
  std::vector<TakenOver> taken_over_;  // by attempt
  std::unordered_set<std::string> new_runs_;
};

}  // namespace

Result<Inventory> take_inventory(Files& files, const fs::path& root, const fs::path& state_folder, CollectionDatabase& database,
                                 const EnginesAtWork& engines, const CollectionPolicy& policy, Milliseconds now) {
  return Taking(files, root, state_folder, database, engines, policy, now).take();
}

std::vector<std::string> other_results_in(std::string_view key, const dsl::Fields& outputs, const fs::path& state_folder) {
  std::vector<std::string> others;
  every_file(outputs, [&](const dsl::Value& value) {
    auto other = key_in(path_of(value), state_folder);
    if (other && *other != key) others.push_back(std::move(*other));
    return true;
  });
  return others;
}

std::optional<std::string> key_in(const fs::path& path, const fs::path& state_folder) {
  const std::string outputs = (state_folder / "outputs").string() + '/';
  const std::string& text = path.native();
  if (!text.starts_with(outputs)) return std::nullopt;
  const std::size_t end = text.find('/', outputs.size());
  return text.substr(outputs.size(), end == std::string::npos ? end : end - outputs.size());
}

}  // namespace sdlrun::engine
