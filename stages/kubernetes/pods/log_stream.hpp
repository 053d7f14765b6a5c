// A container's log as it comes, line by line, without a gap where the connection is cut.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// Lines that have come and that nobody has taken yet. Thread-safe.
class LogLines {
 public:
  /// A piece of the answer, whose lines begin with the time that the kubelet has written before each.
  void take(std::string_view bytes);
  /// What has come without a new line at its end is taken too.
  void end();
  std::deque<std::string> taken();
  /// The last line's time, in RFC 3339; empty: none has come.
  std::string last_time() const;
  /// The next answer begins with that time's line again.
  void begin_again();

 private:
  void take_line(std::string_view line);

  mutable std::mutex mutex_;
  std::string rest_;       // all that follow are guarded by `mutex_`
  std::deque<std::string> lines_;
  std::string last_time_;
  std::string known_time_;  // lines up to it are known already
};

struct LoggedContainer {
  std::string space = {};
  std::string pod = {};
  std::string container = {};
};

/// Follows until the log has ended or `is_wanted` says no. False: the answer was broken off, or there was none that is the last word.
engine::Task<engine::Result<bool>> follow_log(Client& client, LoggedContainer container, std::shared_ptr<LogLines> lines, std::function<bool()> is_wanted);

}  // namespace sdlrun::stages::kubernetes
