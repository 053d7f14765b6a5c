#include "stages/kubernetes/objects/wait_ready.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/watch.hpp"
#include "stages/kubernetes/objects/readiness.hpp"
#include "stages/kubernetes/pods/complaints.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr engine::Milliseconds between_looks{300};
constexpr std::size_t most_told = 5;

std::string duration_text(engine::Milliseconds duration) { return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Duration{duration.count()}))); }

/// What is waited for, as it was last seen. Thread-safe.
class Board {
 public:
  using Judge = std::function<Readiness(const json&)>;

  Board(const engine::Clock& clock, engine::Milliseconds timeout, Judge judge) : clock_(clock), deadline_(clock.monotonic() + timeout), judge_(std::move(judge)) {}

  void take(const std::string& identity, json object) {
    Readiness readiness = judge_(object);
    const std::lock_guard lock(mutex_);
    seen_[identity] = {std::move(object), std::move(readiness)};
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  bool is_ready(const std::string& identity) const {
    const std::lock_guard lock(mutex_);
    const auto place = seen_.find(identity);
    return place != seen_.end() && place->second.readiness.is_ready();
  }
  Readiness readiness(const std::string& identity) const {
    const std::lock_guard lock(mutex_);
    const auto place = seen_.find(identity);
    return place == seen_.end() ? Readiness{.state = Readiness::State::waiting, .why = "it is not there"} : place->second.readiness;
  }
  json object(const std::string& identity) const {
    const std::lock_guard lock(mutex_);
    const auto place = seen_.find(identity);
    return place == seen_.end() ? json() : place->second.object;
  }
  /// Nothing more is to be waited for: all are ready, one has failed, time is up, or the step is to stop.
  bool is_over() const {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || clock_.monotonic() > deadline_) return true;
    bool all_ready = true;
    for (const auto& [identity, seen] : seen_) {
      if (seen.readiness.state == Readiness::State::failed) return true;
      all_ready = all_ready && seen.readiness.is_ready();
    }
    return all_ready;
  }

 private:
  struct Seen {
    json object;
    Readiness readiness;
  };
  const engine::Clock& clock_;
  std::chrono::nanoseconds deadline_;
  Judge judge_;
  mutable std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // guarded by `mutex_`, as is the next
  bool is_stopped_ = false;
};

/// Those of one kind in one namespace.
class ListWatcher final : public Watcher {
 public:
  ListWatcher(std::shared_ptr<Board> board, const std::vector<Target>& targets) : board_(std::move(board)), sample_(targets.front()) {
    for (const Target& target : targets) identities_.emplace(target.name, target.identity());
  }

  void listed(const json& items) override {
    std::set<std::string> there;
    for (const json& item : items) {
      there.insert(text_at(item, {"metadata", "name"}));
      changed(item, false);
    }
    for (const auto& [name, identity] : identities_) {
      if (!there.contains(name)) board_->take(identity, nullptr);
    }
  }
  void changed(const json& object, bool is_gone) override {
    const auto place = identities_.find(text_at(object, {"metadata", "name"}));
    if (place == identities_.end()) return;
    json whole = is_gone ? json() : object;
    if (!is_gone) {
      whole["kind"] = sample_.kind;  // items of a list do not say it
      whole["apiVersion"] = sample_.resource.api_version;
    }
    board_->take(place->second, std::move(whole));
  }
  bool is_done() const override {
    if (board_->is_over()) return true;
    return std::all_of(identities_.begin(), identities_.end(), [this](const auto& each) { return board_->is_ready(each.second); });
  }

 private:
  std::shared_ptr<Board> board_;
  Target sample_;
  std::map<std::string, std::string> identities_;  // by name
};

std::vector<std::vector<Target>> by_list(const std::vector<Target>& targets) {
  std::map<std::string, std::vector<Target>> lists;
  for (const Target& target : targets) lists[path_of(target.resource, target.space)].push_back(target);
  std::vector<std::vector<Target>> result;
  for (auto& [path, list] : lists) result.push_back(std::move(list));
  return result;
}

std::vector<Target> not_ready(const Board& board, const std::vector<Target>& targets) {
  std::vector<Target> open;
  for (const Target& target : targets) {
    if (!board.is_ready(target.identity())) open.push_back(target);
  }
  return open;
}

Task<Result<bool>> watch_list(Client& client, std::vector<Target> targets, std::shared_ptr<Board> board) {
  Watched watched{.path = path_of(targets.front().resource, targets.front().space)};
  if (targets.size() == 1) watched.fields = "metadata.name=" + targets.front().name;
  const auto watcher = std::make_shared<ListWatcher>(board, targets);
  Task<Result<bool>> watching = watch(client, std::move(watched), watcher);
  Result<bool> watched_all = co_await watching;
  if (!watched_all || !*watched_all) board->stop();
  co_return watched_all;
}

/// Says what is waited for, until nothing is.
Task<Result<bool>> tell_progress(Client& client, const std::vector<Target>& targets, std::shared_ptr<Board> board) {
  std::string told;
  while (!board->is_over()) {
    const std::vector<Target> open = not_ready(*board, targets);
    if (open.empty()) break;
    std::string text = "waits for " + open.front().shown() + ": " + board->readiness(open.front().identity()).why;
    if (open.size() > 1) text += " (and for " + std::to_string(open.size() - 1) + " more)";
    if (text != told) client.step().progress(text);
    told = std::move(text);
    Task<bool> sleeping = client.step().sleep(between_looks);
    co_await sleeping;
    if (client.step().stopping()) board->stop();
  }
  co_return true;
}

/// Until the board is over; its own watch for each list.
Task<Result<bool>> watch_all(Client& client, std::vector<Target> targets, std::shared_ptr<Board> board) {
  std::vector<Target> watched;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(watched), [&](const Target& target) { return !board->is_ready(target.identity()) && target.can_watch; });
  if (watched.empty()) co_return true;
  const std::vector<std::vector<Target>> lists = by_list(watched);
  std::function<Task<Result<bool>>(std::size_t)> work = [&client, &lists, &watched, board](std::size_t number) -> Task<Result<bool>> {
    if (number == lists.size()) {
      Task<Result<bool>> telling = tell_progress(client, watched, board);
      co_return co_await telling;
    }
    Task<Result<bool>> watching = watch_list(client, lists[number], board);
    co_return co_await watching;
  };
  Task<Result<bool>> watching = engine::in_lanes(lists.size() + 1, lists.size() + 1, std::move(work));
  Result<bool> ended = co_await watching;
  if (client.step().stopping()) co_return engine::failure("stopped");
  co_return ended;
}

Task<Result<bool>> why_not_ready(Client& client, std::vector<Target> open, std::shared_ptr<Board> board, std::size_t all, engine::Milliseconds timeout) {
  engine::Error error;
  const auto failed = std::find_if(open.begin(), open.end(), [&](const Target& target) { return board->readiness(target.identity()).state == Readiness::State::failed; });
  if (failed != open.end()) {
    error.message = failed->shown() + " does not become ready: " + board->readiness(failed->identity()).why;
    open = {*failed};
  } else if (open.size() == 1) {
    error.message = open.front().shown() + " was not ready within " + duration_text(timeout) + ": " + board->readiness(open.front().identity()).why;
  } else {
    error.message = std::to_string(open.size()) + " of " + std::to_string(all) + " objects were not ready within " + duration_text(timeout);
  }
  for (std::size_t number = 0; number < std::min(open.size(), most_told); ++number) {
    const json object = board->object(open[number].identity());
    if (failed == open.end() && open.size() > 1) error.detail += (error.detail.empty() ? "" : "\n") + open[number].shown() + ": " + board->readiness(open[number].identity()).why;
    Task<std::vector<std::string>> asking = complaints_about(client, object);
    const std::vector<std::string> lines = co_await asking;
    for (const std::string& line : lines) error.detail += (error.detail.empty() ? "" : "\n") + line;
  }
  if (open.size() > most_told) error.detail += "\nand " + std::to_string(open.size() - most_told) + " more";
  error.hint = error.detail.empty() ? "`kubectl describe` says more of it" : "what was applied stays there; a later run goes on from it";
  co_return tl::unexpected(error);
}

std::string finalizers_of(const json& object) {
  std::string text;
  for (const json& each : list_in(object_in(object, "metadata"), "finalizers")) text += (text.empty() ? "" : ", ") + (each.is_string() ? each.get<std::string>() : std::string());
  return text;
}

}  // namespace

Task<Result<bool>> wait_until_ready(Client& client, std::vector<Target> targets, std::map<std::string, json> now, engine::Milliseconds timeout) {
  const auto board = std::make_shared<Board>(client.step().world().clock, timeout, [](const json& object) { return object.is_null() ? Readiness{.state = Readiness::State::waiting, .why = "it is not there any more"} : readiness_of(object); });
  for (const Target& target : targets) {
    const auto seen = now.find(target.identity());
    board->take(target.identity(), seen == now.end() ? json() : seen->second);
  }
  Task<Result<bool>> watching = watch_all(client, targets, board);
  if (const Result<bool> watched = co_await watching; !watched) co_return watched;
  std::vector<Target> open = not_ready(*board, targets);
  std::erase_if(open, [](const Target& target) { return !target.can_watch; });
  if (open.empty()) co_return true;
  Task<Result<bool>> explaining = why_not_ready(client, std::move(open), board, targets.size(), timeout);
  co_return co_await explaining;
}

Task<Result<bool>> wait_until_gone(Client& client, std::vector<Target> targets, engine::Milliseconds timeout) {
  const auto board = std::make_shared<Board>(client.step().world().clock, timeout, [](const json& object) {
    if (object.is_null()) return Readiness{};
    const std::string held = finalizers_of(object);
    return Readiness{.state = Readiness::State::waiting, .why = held.empty() ? "it is being deleted" : "it is being deleted, and held by its finalizers (" + held + ")"};
  });
  for (const Target& target : targets) board->take(target.identity(), target.object);
  Task<Result<bool>> watching = watch_all(client, targets, board);
  if (const Result<bool> watched = co_await watching; !watched) co_return watched;
  const std::vector<Target> open = not_ready(*board, targets);
  if (open.empty()) co_return true;
  const Target& first = open.front();
  const bool is_held = !finalizers_of(board->object(first.identity())).empty();
  co_return engine::failure(first.shown() + " was not gone within " + duration_text(timeout) + ": " + board->readiness(first.identity()).why,
                            is_held ? "whoever set a finalizer takes it away when its own work is done: does that controller run?" : "it goes on being deleted there");
}

Task<Result<Awaited>> wait_for(Client& client, Target target, std::function<bool(const json&)> holds, engine::Milliseconds timeout) {
  const auto board = std::make_shared<Board>(client.step().world().clock, timeout, [holds](const json& object) {
    const std::string why = object.is_null() ? "it is not there" : readiness_of(object).why;
    return holds(object) ? Readiness{} : Readiness{.state = Readiness::State::waiting, .why = why.empty() ? "what is waited for does not hold yet" : why};
  });
  std::string path = target.path(), what = "look at " + target.shown();
  Task<Result<std::optional<json>>> looking = client.find(std::move(path), std::move(what));
  const Result<std::optional<json>> seen = co_await looking;
  if (!seen) co_return tl::unexpected(seen.error());
  board->take(target.identity(), seen->value_or(json()));
  std::vector<Target> targets{target};
  Task<Result<bool>> watching = watch_all(client, std::move(targets), board);
  if (const Result<bool> watched = co_await watching; !watched) co_return tl::unexpected(watched.error());
  co_return Awaited{.object = board->object(target.identity()), .holds = board->is_ready(target.identity())};
}

}  // namespace sdlrun::stages::kubernetes
