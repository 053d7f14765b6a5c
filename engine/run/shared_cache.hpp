// The shared cache in one run: asked before a step runs, given what a step has made. It never makes a run fail, and what
// it gives is what the step would have made, or nothing.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "engine/cache/shared/cache_server.hpp"
#include "engine/cache/shared/fetch.hpp"
#include "engine/plan/plan.hpp"
#include "engine/run/events.hpp"
#include "engine/run/run.hpp"
#include "engine/run/shared_cache_trouble.hpp"
#include "engine/run/workers.hpp"

namespace sdlrun::engine {

/// Thread-safe. Outlives the steps; its uploads have ended once `finish` has returned.
class SharedCache {
 public:
  struct Surroundings {
    World world;
    Store& store;
    Workers& workers;
    Events& events;
    const StopRequest& stop;
    const RunOptions& options;
  };
  SharedCache(SharedCacheSettings settings, Surroundings surroundings);
  SharedCache(const SharedCache&) = delete;
  SharedCache& operator=(const SharedCache&) = delete;

  /// Whether it is of use for a step that is to run.
  bool is_asked_for(const dsl::Node& step, const StepDecision& decision) const;

  struct Answer {
    /// Published in our store; not recorded yet.
    std::optional<StepResult> result = {};
    /// Whether the step's result is wanted once it has run.
    bool may_offer = false;
  };
  /// By the step's own requests, which end with it. `on_found` as in Fetching.
  Task<Answer> ask(const dsl::Node& step, std::string key, HttpCaller call, std::function<void(std::uint64_t)> on_found);

  /// Takes a result to put there, some time until `finish` ends.
  void offer(StepResult result);

  /// Once every step has ended: waits for what is still being put there, but not for ever, and says what has gone wrong.
  void finish();

  /// Results that came from it.
  std::size_t hits() const { return hits_; }

 private:
  void begin_uploads();
  Task<Result<bool>> upload(StepResult result);
  Task<Result<HttpResponse>> call(HttpRequest request);
  void upload_ended(const Result<bool>& done);
  std::size_t unfinished() const;
  void give_up();
  bool wait_a_moment();
  void warn(const std::optional<Error>& trouble);
  bool is_stopping() const { return around_.stop.requested || has_given_up_; }

  CacheServer server_;
  Surroundings around_;
  SpoiledBlobs spoiled_;
  SharedCacheTrouble trouble_;
  std::atomic<std::size_t> hits_{0};
  std::atomic<bool> has_given_up_{false};
  mutable std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<StepResult> waiting_;
  std::size_t running_ = 0;
};

}  // namespace sdlrun::engine
