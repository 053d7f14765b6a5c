// Getting a result from a shared cache: nothing of it is believed before it has been compared with its digest.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/shared/cache_server.hpp"
#include "engine/cache/shared/shared_entry.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/task/task.hpp"

namespace sdlrun::engine {

/// How requests are made: a step's are interrupted with it.
using HttpCaller = std::function<Task<Result<HttpResponse>>(HttpRequest)>;

/// Contents that a server has, and has wrong: to be put there anew. Thread-safe.
class SpoiledBlobs {
 public:
  void add(const std::string& digits) {
    const std::lock_guard lock(mutex_);
    digits_.insert(digits);
  }
  bool contains(const std::string& digits) const {
    const std::lock_guard lock(mutex_);
    return digits_.contains(digits);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> digits_;
};

/// One way of asking ends in one of these.
struct Fetched {
  std::optional<StepResult> result = {};  // published in our store; not recorded yet
  std::optional<Error> error = {};        // what is wrong with the server or with what it gave
  /// Otherwise it is of no use to offer it anything, and perhaps to ask it again.
  bool has_answered = true;
};

struct Fetching {
  const CacheServer& server;
  Files& files;
  Store& store;
  SpoiledBlobs& spoiled;
  HttpCaller call;
  const dsl::Node& step;
  std::string key;
  /// The result is there, and so many bytes of it are still to come.
  std::function<void(std::uint64_t bytes)> on_found;
};

/// What `fetching` refers to must live until the task has ended.
Task<Fetched> fetch_shared(Fetching fetching);

}  // namespace sdlrun::engine
