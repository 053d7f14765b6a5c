#include "stages/kubernetes/jobs/job_follow.hpp"

#include <mutex>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/jobs/job_end.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/pods/complaints.hpp"
#include "stages/kubernetes/pods/pod_following.hpp"
#include "stages/kubernetes/pods/trouble.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// A controller that makes no Pod in this time has been refused one.
constexpr std::chrono::seconds time_for_a_pod{5};

/// A Job's Pod as it is now.
class JobPod final : public FollowedPods {
 public:
  void listed(const json& items) override {
    const std::lock_guard lock(mutex_);
    take(items.empty() ? json() : items.back());
  }
  void changed(const json& object, bool is_gone) override {
    const std::lock_guard lock(mutex_);
    // One that has ended is believed, also where it is taken away then.
    if (is_gone && !kubernetes::has_ended(object)) take(nullptr);
    else take(object);
  }
  bool is_done() const override {
    const std::lock_guard lock(mutex_);
    return is_stopped_ || kubernetes::has_ended(*pod_) || (was_seen_ && pod_->is_null());
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  /// Shared: hundreds of jobs are looked at each half second.
  std::shared_ptr<const json> now() const {
    const std::lock_guard lock(mutex_);
    return pod_;
  }
  bool was_seen() const {
    const std::lock_guard lock(mutex_);
    return was_seen_;
  }

 private:
  void take(json pod) {
    pod_ = std::make_shared<const json>(std::move(pod));
    was_seen_ = was_seen_ || !pod_->is_null();
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const json> pod_ = std::make_shared<const json>();  // all that follow are guarded by `mutex_`
  bool was_seen_ = false;
  bool is_stopped_ = false;
};

class Following {
 public:
  Following(Client& client, const JobDescription& description, std::string job) : client_(client), description_(description), job_(std::move(job)) {}

  Task<Result<engine::OutsideEnd>> run() {
    begun_ = now();
    Task<Result<bool>> following = pod_following_.run();
    const Result<bool> ended = co_await following;
    write_log();
    if (!ended) co_return tl::unexpected(ended.error());
    if (client_.step().stopping()) co_return engine::failure("stopped");
    if (obstacle_) co_return engine::OutsideEnd{.failure = *obstacle_};
    const std::shared_ptr<const json> pod = pod_->now();
    std::string said;
    if (const std::string carrier = failed_carrier(*pod); !carrier.empty()) {
      constexpr int lines = 20;
      Task<std::string> reading = log_end(client_, *pod, {.container = carrier}, lines);
      said = co_await reading;
    }
    co_return job_end(description_, *pod, said);
  }

 private:
  std::chrono::nanoseconds now() const { return client_.step().world().clock.monotonic(); }

  FollowedLog log() const {
    const std::shared_ptr<const json> pod = pod_->now();
    return {.container = {.space = description_.place.space, .pod = text_at(*pod, {"metadata", "name"}), .container = program_container},
            .has_begun = !container_state(*pod, program_container, "running").is_null(),
            .has_ended = !container_state(*pod, program_container, "terminated").is_null()};
  }

  Task<bool> look() {
    write_log();
    if (std::string text = progress_of(*pod_->now()); text != shown_) client_.step().progress(shown_ = std::move(text));
    Task<bool> judging = judge();
    co_return co_await judging;
  }

  std::string progress_of(const json& pod) const {
    if (pod.is_null()) return "waiting for a Pod";
    const std::string node = text_at(pod, {"spec", "nodeName"});
    if (!container_state(pod, leave_container, "running").is_null()) return "keeping what it has left";
    if (!container_state(pod, program_container, "running").is_null()) return "running on " + node;
    if (!container_state(pod, fetch_container, "running").is_null()) return "bringing its files to " + node;
    return node.empty() ? "waiting for a place on a node" : "starting on " + node;
  }

  /// Gives up where waiting longer won't help.
  Task<bool> judge() {
    const std::shared_ptr<const json> pod = pod_->now();
    std::optional<PodTrouble> trouble;
    if (pod_->was_seen()) {
      if (nodes_.is_null() && text_at(*pod, {"status", "phase"}) == "Pending" && start_trouble(*pod, "the job", {})) {
        Task<Result<json>> listing = client_.list("/api/v1/nodes", {}, "list the nodes");
        const Result<json> nodes = co_await listing;
        nodes_ = nodes ? value_at(*nodes, {"items"}) : json::array();
      }
      trouble = start_trouble(*pod, "the job", nodes_.is_null() ? LargestNode{} : largest_node(nodes_), job_settings());
    } else if (now() - begun_ > time_for_a_pod) {
      Task<std::optional<PodTrouble>> asking = why_no_pod();
      trouble = co_await asking;
    }
    if (!trouble) {
      told_.clear();
      troubled_since_ = {};
      co_return true;
    }
    if (troubled_since_ == std::chrono::nanoseconds{}) troubled_since_ = now();
    if (told_ != trouble->error.message) client_.step().log(told_ = trouble->error.message);
    if (trouble->is_final || now() - troubled_since_ > description_.place.start_timeout) {
      obstacle_ = trouble->error;
      pod_following_.give_up();
    }
    co_return true;
  }

  /// Its controller says so in an event: a quota, an admission that refuses it.
  Task<std::optional<PodTrouble>> why_no_pod() {
    Task<Result<std::optional<json>>> finding = client_.find(path_of({.api_version = "batch/v1", .plural = "jobs"}, description_.place.space, job_), "look at the job `" + job_ + '`');
    const auto found = co_await finding;
    if (!found) co_return std::nullopt;
    if (!found->has_value()) co_return PodTrouble{.error = {.message = "the job `" + job_ + "` was deleted before it had a Pod", .transient = true}, .is_final = true};
    Task<std::vector<std::string>> asking = complaints_about(client_, **found);
    const std::vector<std::string> complaints = co_await asking;
    if (complaints.empty()) co_return std::nullopt;
    co_return PodTrouble{.error = {.message = "the job gets no Pod: " + complaints.back(), .hint = "a quota that is full, or a rule of the namespace, keeps it from being made"}};
  }

  void write_log() {
    for (const std::string& line : pod_following_.lines()) client_.step().log(line);
  }

  Client& client_;
  const JobDescription& description_;
  std::string job_;
  std::shared_ptr<JobPod> pod_ = std::make_shared<JobPod>();
  PodFollowing pod_following_{client_, {.watched = {.path = path_of({.plural = "pods"}, description_.place.space), .labels = std::string(job_label) + '=' + job_},
                                        .pods = pod_,
                                        .log = [this] { return log(); },
                                        .look = [this] { return look(); }}};
  std::chrono::nanoseconds begun_{};
  // of `look`
  std::string shown_, told_;
  std::chrono::nanoseconds troubled_since_{};
  json nodes_;
  std::optional<engine::Error> obstacle_;  // written before all is given up
};

}  // namespace

Task<Result<engine::OutsideEnd>> follow_job(Client& client, const JobDescription& description, std::string job) {
  Following following(client, description, std::move(job));
  Task<Result<engine::OutsideEnd>> running = following.run();
  co_return co_await running;
}

}  // namespace sdlrun::stages::kubernetes
