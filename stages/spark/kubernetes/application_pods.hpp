// The Pods of one application as they are now, followed by a watch.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/watch.hpp"

namespace sdlrun::stages::spark {

struct PodsSeen {
  nlohmann::json driver = {};  // null: not there
  std::vector<nlohmann::json> executors = {};  // those that are there
  std::size_t executors_seen = 0;              // in all
  std::vector<std::string> failures = {};      // "NAME: exit code 137: …", of all that were seen
  bool was_driver_seen = false;
};

/// Thread-safe.
class ApplicationPods final : public kubernetes::Watcher {
 public:
  void listed(const nlohmann::json& items) override;
  void changed(const nlohmann::json& object, bool is_gone) override;
  /// The driver's container has ended, the driver has gone, or `stop` was called.
  bool is_done() const override;

  void stop();
  PodsSeen now() const;

 private:
  void take(const nlohmann::json& pod, bool is_gone);

  mutable std::mutex mutex_;
  std::map<std::string, nlohmann::json> executors_;       // by name; all that follow are guarded by `mutex_`
  std::map<std::string, std::string> failures_;  // of each executor ever seen; empty: none
  nlohmann::json driver_;
  bool was_driver_seen_ = false;
  bool is_stopped_ = false;
};

/// The state of a container whose process has ended; null where it has not, or the container is not there.
nlohmann::json terminated(const nlohmann::json& pod, const std::string& container);

}  // namespace sdlrun::stages::spark
