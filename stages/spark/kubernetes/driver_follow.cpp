#include "stages/spark/kubernetes/driver_follow.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/pods/claims.hpp"
#include "stages/kubernetes/pods/complaints.hpp"
#include "stages/kubernetes/pods/pod_following.hpp"
#include "stages/kubernetes/pods/trouble.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/driver_end.hpp"
#include "stages/spark/kubernetes/executor_words.hpp"
#include "stages/spark/kubernetes/submission.hpp"
#include "stages/spark/progress.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr int looks_between_questions = 4;
constexpr const char* page_port = "4040";

bool runs(const json& pod) { return text_at(pod, {"status", "phase"}) == "Running"; }

class Following {
 public:
  Following(kubernetes::Client& client, FollowedApplication followed) : client_(client), followed_(std::move(followed)) {}

  Task<Result<ApplicationEnd>> run() {
    Task<Result<bool>> following = pod_following_.run();
    const Result<bool> ended = co_await following;
    write_log();
    if (!ended) co_return tl::unexpected(ended.error());
    if (cannot_keep_) co_return tl::unexpected(*cannot_keep_);
    if (client_.step().stopping()) co_return engine::failure("stopped");
    if (obstacle_) co_return ApplicationEnd{.failure = obstacle_->error, .found_no_room = obstacle_->is_no_room};
    const PodsSeen pods = pods_->now();
    words_.driver = client_.step().log_tail(400);
    const DriverEnd end = driver_end(pods, followed_, words_);
    const bool lacked_executors = followed_.from_start && missing_executors(pods.executors_seen) > 0;
    if (!end.failure && lacked_executors) co_return without_all_executors(pods.executors_seen);
    for (const std::string& warning : end.warnings) client_.step().warn(warning);
    co_return ApplicationEnd{.failure = end.failure};
  }

 private:
  kubernetes::FollowedLog log() const {
    const json driver = pods_->now().driver;
    return {.container = {.space = followed_.space, .pod = driver_pod_name(followed_.name), .container = driver_container},
            .has_begun = runs(driver),
            .has_ended = !terminated(driver, driver_container).is_null()};
  }

  Task<bool> look() {
    write_log();
    const PodsSeen pods = pods_->now();
    Task<bool> hearing = hear_executors(pods);
    co_await hearing;
    if (looks_++ % looks_between_questions == 0 && runs(pods.driver)) {
      Task<std::string> asking = spark_progress([this](std::string path) { return ask_driver(std::move(path)); });
      spark_ = co_await asking;
    }
    if (std::string text = progress_of(pods); text != shown_) client_.step().progress(followed_.shown + (shown_ = std::move(text)));
    Task<bool> judging = judge(pods);
    co_return co_await judging;
  }

  /// Its driver takes one that has failed away, and its log with it.
  Task<bool> hear_executors(PodsSeen pods) {
    constexpr std::size_t most = 5;
    constexpr int lines = 200;
    for (const json& executor : pods.executors) {
      const bool has_failed = integer_at(terminated(executor, executor_container), {"exitCode"}) != 0;
      if (!has_failed || heard_.size() >= most || !heard_.insert(text_at(executor, {"metadata", "name"})).second) continue;
      Task<std::string> reading = kubernetes::log_end(client_, executor, {.container = executor_container}, lines);
      words_.executors += co_await reading;
    }
    co_return true;
  }

  Task<json> ask_driver(std::string path) {
    kubernetes::ApiRequest request{.path = kubernetes::path_of({.plural = "pods"}, followed_.space, driver_pod_name(followed_.name)) + ':' + page_port + "/proxy/api/v1/" + path,
                                   .attempts = 1,
                                   .patience = engine::Milliseconds(3000)};
    Task<Result<kubernetes::ApiAnswer>> calling = client_.call(std::move(request));
    const Result<kubernetes::ApiAnswer> answer = co_await calling;
    co_return answer && answer->is_good() ? answer->body : json();
  }

  std::string progress_of(const PodsSeen& pods) const {
    std::string phase = text_at(pods.driver, {"status", "phase"});
    std::string text = "driver " + (phase.empty() ? "not there yet" : phase);
    if (runs(pods.driver) || pods.executors_seen > 0) {
      text += ", " + std::to_string(running_executors(pods)) + (followed_.wanted_executors.empty() ? "" : " of " + followed_.wanted_executors) + " executors";
      if (!pods.failures.empty()) text += ", " + std::to_string(pods.failures.size()) + " failed";
    }
    return spark_.empty() ? text : text + ", " + spark_;
  }

  static std::size_t running_executors(const PodsSeen& pods) {
    return static_cast<std::size_t>(std::count_if(pods.executors.begin(), pods.executors.end(), runs));
  }

  /// How many are missing of those that are wanted in any case.
  std::size_t missing_executors(std::size_t there) const {
    const auto wanted = followed_.wants_all_executors ? std::strtoull(followed_.wanted_executors.c_str(), nullptr, 10) : 0;
    return wanted > there ? wanted - there : 0;
  }

  /// It has ended well all the same.
  ApplicationEnd without_all_executors(std::size_t seen) const {
    if (seen > 0) return {.failure = too_few_executors(seen), .found_no_room = true};
    return {.failure = engine::Error{.message = followed_.application + " ended well, but without a single executor", .hint = "a master set in the script (`setMaster`, `.master(…)`) beats the cluster's, and all was done in the driver"}};
  }

  engine::Error too_few_executors(std::size_t there) const {
    return {.message = "only " + std::to_string(there) + " of " + followed_.wanted_executors + " executors have come", .hint = "the driver's log says why, where a quota of the namespace keeps them from being made"};
  }

  /// Gives up where waiting longer won't help.
  Task<bool> judge(const PodsSeen& pods) {
    const std::size_t running = running_executors(pods);
    had_all_ = had_all_ || missing_executors(running) == 0;
    const bool lacks_executors = !had_all_ && pods.executors_seen > 0;
    auto trouble = trouble_in(pods, {});
    if (!trouble && !lacks_executors) {
      told_.clear();
      troubled_since_ = {};
      co_return true;
    }
    const std::chrono::nanoseconds now = client_.step().world().clock.monotonic();
    if (troubled_since_ == std::chrono::nanoseconds{}) troubled_since_ = now;
    if (nodes_.is_null() && trouble && trouble->error.message.find("Insufficient") != std::string::npos) {
      Task<Result<json>> listing = client_.list("/api/v1/nodes", {}, "list the nodes");
      const Result<json> nodes = co_await listing;
      nodes_ = nodes ? value_at(*nodes, {"items"}) : json::array();
    }
    if (!nodes_.is_null()) trouble = trouble_in(pods, kubernetes::largest_node(nodes_));
    if (trouble) {
      const bool is_new = std::exchange(told_, trouble->error.message) != trouble->error.message;
      if (is_new && !trouble->is_silent) client_.step().log(trouble->error.message);
    }
    const bool is_final = trouble && trouble->is_final;
    if (!is_final && now - troubled_since_ < followed_.start_timeout) co_return true;
    if (!trouble && !lacks_executors) co_return true;
    if (trouble) {
      Task<engine::Error> telling = tell_more(*trouble, pods);
      trouble->error = co_await telling;
    }
    obstacle_ = trouble ? std::move(*trouble) : kubernetes::PodTrouble{.error = too_few_executors(running), .is_no_room = true};
    pod_following_.give_up();
    co_return true;
  }

  /// What only further questions bring out.
  Task<engine::Error> tell_more(kubernetes::PodTrouble trouble, PodsSeen pods) {
    engine::Error error = std::move(trouble.error);
    if (trouble.wants_volume) {
      for (const json& pod : with_driver(pods)) {
        Task<std::string> asking = kubernetes::unbound_claims(client_, pod);
        const std::string claims = co_await asking;
        if (claims.empty()) continue;
        error.detail = error.message;
        error.message = text_at(pod, {"metadata", "name"}) + " waits for a volume: " + claims;
        break;
      }
    } else if (trouble.is_silent) {
      Task<std::string> asking = kubernetes::last_event(client_, followed_.space, text_at(pods.driver, {"metadata", "uid"}), "Warning");
      const std::string event = co_await asking;
      if (!event.empty()) error.message += ": " + event;
    }
    co_return error;
  }

  static std::vector<json> with_driver(const PodsSeen& pods) {
    std::vector<json> all{pods.driver};
    all.insert(all.end(), pods.executors.begin(), pods.executors.end());
    return all;
  }

  std::optional<kubernetes::PodTrouble> trouble_in(const PodsSeen& pods, const kubernetes::LargestNode& largest) const {
    if (auto trouble = kubernetes::start_trouble(pods.driver, "the driver", largest, pod_settings())) return trouble;
    if (text_at(pods.driver, {"status", "phase"}) == "Pending") {
      return kubernetes::PodTrouble{.error = {.message = "the driver does not start on its node", .hint = "is all there that it refers to, such as Secrets and volumes in `conf`? `start_timeout` says how long it may take"}, .is_silent = true};
    }
    const bool has_enough = followed_.wants_all_executors ? had_all_ : running_executors(pods) > 0;
    if (has_enough) return std::nullopt;  // the job goes on with those that it has
    for (const json& executor : pods.executors) {
      if (auto trouble = kubernetes::start_trouble(executor, "an executor", largest, pod_settings())) return trouble;
    }
    if (words_.refused_executor && runs(pods.driver)) return kubernetes::PodTrouble{.error = *words_.refused_executor, .is_no_room = true};
    return std::nullopt;
  }

  void write_log() {
    std::string text;
    for (const std::string& line : pod_following_.lines()) {
      client_.step().log(line);
      if (auto refused = refused_executor(line)) words_.refused_executor = std::move(refused);
      text += line + '\n';
    }
    if (followed_.standard_output.empty() || text.empty() || cannot_keep_) return;
    if (auto kept = client_.step().world().files.append(followed_.standard_output, text); !kept) cannot_keep_ = kept.error();
  }

  kubernetes::Client& client_;
  FollowedApplication followed_;
  std::shared_ptr<ApplicationPods> pods_ = std::make_shared<ApplicationPods>(!followed_.is_dynamic);
  kubernetes::PodFollowing pod_following_{client_, {.watched = {.path = kubernetes::path_of({.plural = "pods"}, followed_.space), .labels = "spark-app-selector=" + followed_.selector},
                                                    .pods = pods_,
                                                    .log = [this] { return log(); },
                                                    .look = [this] { return look(); }}};
  // of `look`
  int looks_ = 0;
  std::string spark_, shown_, told_;
  JobWords words_;
  std::set<std::string> heard_;  // executors whose log is in `words_`
  std::chrono::nanoseconds troubled_since_{};
  json nodes_;
  std::optional<engine::Error> cannot_keep_;
  bool had_all_ = false;  // executors at the same time
  std::optional<kubernetes::PodTrouble> obstacle_;  // written before all is given up
};

}  // namespace

Task<Result<ApplicationEnd>> follow_application(kubernetes::Client& client, FollowedApplication followed) {
  Following following(client, std::move(followed));
  Task<Result<ApplicationEnd>> running = following.run();
  co_return co_await running;
}

}  // namespace sdlrun::stages::spark
