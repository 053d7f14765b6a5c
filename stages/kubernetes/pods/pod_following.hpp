// Following a job's Pods in three lanes at the same time: what becomes of them, what one of their containers writes, and, each half
// second, a look at what that means.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "stages/kubernetes/api/watch.hpp"
#include "stages/kubernetes/pods/log_stream.hpp"

namespace sdlrun::stages::kubernetes {

/// Pods as they are now.
class FollowedPods : public Watcher {
 public:
  /// There is no more to wait for.
  virtual void stop() = 0;
};

/// The container whose log is copied, as it is now.
struct FollowedLog {
  LoggedContainer container = {};
  bool has_begun = false;
  bool has_ended = false;
};

struct PodLanes {
  Watched watched = {};
  std::shared_ptr<FollowedPods> pods = {};
  std::function<FollowedLog()> log = {};
  std::function<engine::Task<bool>()> look = {};
};

class PodFollowing {
 public:
  PodFollowing(Client& client, PodLanes lanes) : client_(client), lanes_(std::move(lanes)) {}

  /// Until the Pods are done and all that was written is here, the step is to stop, or it was given up.
  engine::Task<engine::Result<bool>> run();
  /// For `look`: to wait longer won't help.
  void give_up();
  /// What has been written since the last time.
  std::deque<std::string> lines() { return lines_->taken(); }

 private:
  engine::Task<engine::Result<bool>> watch_pods();
  engine::Task<engine::Result<bool>> copy_log();
  engine::Task<engine::Result<bool>> look_now_and_then();

  Client& client_;
  PodLanes lanes_;
  std::shared_ptr<LogLines> lines_ = std::make_shared<LogLines>();
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> is_over_{false};
};

}  // namespace sdlrun::stages::kubernetes
