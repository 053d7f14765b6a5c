// The Pods of one application as they are now, followed by a watch.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/pods/pod_following.hpp"

namespace sdlrun::stages::spark {

struct PodsSeen {
  nlohmann::json driver = {};  // as it was last; null: never seen
  bool is_driver_gone = false;
  std::vector<nlohmann::json> executors = {};  // those that are there
  std::size_t executors_seen = 0;              // in all
  std::vector<std::string> failures = {};      // "NAME: exit code 137: …", of all that were seen
};

/// Thread-safe.
class ApplicationPods final : public kubernetes::FollowedPods {
 public:
  /// Where the driver keeps as many executors as it was told to, one that comes after another was deleted replaces it.
  explicit ApplicationPods(bool replaces_deleted) : replaces_deleted_(replaces_deleted) {}

  void listed(const nlohmann::json& items) override;
  void changed(const nlohmann::json& object, bool is_gone) override;
  /// The driver's container has ended, the driver has gone, or `stop` was called.
  bool is_done() const override;

  void stop() override;
  PodsSeen now() const;

 private:
  void take(const nlohmann::json& pod, bool is_gone);
  void take_executor(const std::string& name, const nlohmann::json& pod, bool is_gone);

  struct Executor {
    nlohmann::json pod = {};
    bool is_gone = false;
    std::string failure = {};  // empty: none
  };

  const bool replaces_deleted_;
  mutable std::mutex mutex_;
  std::map<std::string, Executor> executors_;  // all ever seen, by name; all that follow are guarded by `mutex_`
  nlohmann::json driver_;
  bool is_driver_gone_ = false;
  bool is_stopped_ = false;
};

/// The state of a container whose process has ended; null where it has not, or the container is not there.
nlohmann::json terminated(const nlohmann::json& pod, const std::string& container);

}  // namespace sdlrun::stages::spark
