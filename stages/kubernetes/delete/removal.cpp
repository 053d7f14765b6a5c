#include "stages/kubernetes/delete/removal.hpp"

#include <algorithm>
#include <mutex>

#include "engine/task/lanes.hpp"
#include "stages/kubernetes/objects/wait_ready.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t removals_at_once = 12;

/// Those of one rank.
Task<Result<bool>> remove_rank(Client& client, const std::vector<Target>& targets, engine::Milliseconds timeout) {
  std::vector<Target> there;
  std::mutex mutex;
  std::function<Task<Result<bool>>(std::size_t)> work = [&](std::size_t number) -> Task<Result<bool>> {
    const Target& target = targets[number];
    std::string path = target.path(), what = "delete " + target.shown();
    Task<Result<bool>> removing = client.remove(std::move(path), "Foreground", std::move(what));
    const Result<bool> was_there = co_await removing;
    if (!was_there) co_return was_there;
    client.step().log((*was_there ? "deleting " : "there was none: ") + target.shown());
    if (*was_there) {
      const std::lock_guard lock(mutex);
      there.push_back(target);
    }
    co_return true;
  };
  Task<Result<bool>> removing = engine::in_lanes(targets.size(), removals_at_once, std::move(work));
  const Result<bool> removed = co_await removing;
  if (!removed) co_return removed;
  if (there.empty()) co_return true;
  Task<Result<bool>> waiting = wait_until_gone(client, std::move(there), timeout);
  co_return co_await waiting;
}

}  // namespace

Task<Result<bool>> remove_all(Client& client, std::vector<Target> targets, engine::Milliseconds timeout) {
  std::stable_sort(targets.begin(), targets.end(), [](const Target& left, const Target& right) { return left.rank > right.rank; });
  while (!targets.empty()) {
    const int rank = targets.front().rank;
    const auto end = std::find_if(targets.begin(), targets.end(), [rank](const Target& target) { return target.rank != rank; });
    const std::vector<Target> of_rank(targets.begin(), end);
    targets.erase(targets.begin(), end);
    Task<Result<bool>> removing = remove_rank(client, of_rank, timeout);
    if (const Result<bool> removed = co_await removing; !removed) co_return removed;
  }
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
