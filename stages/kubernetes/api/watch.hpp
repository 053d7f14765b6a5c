// Following a list of objects as it changes: listed once, then watched from there. What ends a watch (its own end after some minutes, a
// connection that is cut, an API server that is started again) begins it anew where it was; where that is too long ago (410
// Gone), all is listed again.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

struct Watched {
  std::string path = {};    // of the list: "/api/v1/namespaces/spark/pods"
  std::string labels = {};  // selectors; empty: all
  std::string fields = {};
};

/// What follows a list. It is called from other threads, one call at a time, perhaps once more after the step has ended.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// All that there is now; what was seen before and is not among them has gone.
  virtual void listed(const nlohmann::json& items) = 0;
  /// One that was added or changed; `is_gone`: as it was when it was deleted.
  virtual void changed(const nlohmann::json& object, bool is_gone) = 0;
  /// Whether there is no more to wait for. Asked after each change and about each second.
  virtual bool is_done() const = 0;
};

/// Until the watcher is done: true. An error where the API server refuses, or is not there for `patience`; false where the step is to stop.
engine::Task<engine::Result<bool>> watch(Client& client, Watched watched, std::shared_ptr<Watcher> watcher);

/// Takes a watch's answer apart as it comes.
class WatchReader {
 public:
  explicit WatchReader(std::shared_ptr<Watcher> watcher) : watcher_(std::move(watcher)) {}

  /// False: enough.
  bool take(std::string_view bytes);
  /// Of the last change; empty: none came.
  const std::string& version() const { return version_; }
  /// The server cannot tell what has changed since then: all is to be listed again.
  bool is_gone() const { return is_gone_; }
  /// Another refusal in the middle of the answer.
  const nlohmann::json& refusal() const { return refusal_; }

 private:
  void take_line(std::string_view line);

  std::shared_ptr<Watcher> watcher_;
  std::string rest_;
  std::string version_;
  bool is_gone_ = false;
  nlohmann::json refusal_;
};

}  // namespace sdlrun::stages::kubernetes
