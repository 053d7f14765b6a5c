#include "stages/kubernetes/pods/pod_start.hpp"

#include <mutex>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/watch.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// One Pod, until it runs, has ended, or cannot run, or time is up.
class StartedPod final : public Watcher {
 public:
  StartedPod(const engine::Clock& clock, std::string shown, engine::Milliseconds timeout) : clock_(clock), shown_(std::move(shown)), deadline_(clock.monotonic() + timeout) {}

  void listed(const json& items) override {
    const std::lock_guard lock(mutex_);
    pod_ = items.empty() ? json() : items.front();
  }
  void changed(const json& object, bool is_gone) override {
    const std::lock_guard lock(mutex_);
    pod_ = is_gone ? json() : object;
  }
  bool is_done() const override {
    const std::lock_guard lock(mutex_);
    const std::string phase = text_at(pod_, {"status", "phase"});
    const auto trouble = start_trouble(pod_, shown_, {});
    return phase == "Running" || phase == "Succeeded" || phase == "Failed" || (trouble && trouble->is_final) || clock_.monotonic() > deadline_;
  }
  json pod() const {
    const std::lock_guard lock(mutex_);
    return pod_;
  }

 private:
  const engine::Clock& clock_;
  std::string shown_;
  std::chrono::nanoseconds deadline_;
  mutable std::mutex mutex_;
  json pod_;  // guarded by `mutex_`
};

}  // namespace

Task<Result<json>> await_running(Client& client, std::string space, std::string pod, std::string shown, engine::Milliseconds timeout, PodSettings settings) {
  const auto started = std::make_shared<StartedPod>(client.step().world().clock, shown, timeout);
  Watched watched{.path = path_of({.plural = "pods"}, space), .fields = "metadata.name=" + pod};
  Task<Result<bool>> watching = watch(client, std::move(watched), started);
  const Result<bool> ended = co_await watching;
  if (!ended) co_return tl::unexpected(ended.error());
  if (!*ended) co_return engine::failure("stopped");
  const json last = started->pod();
  if (text_at(last, {"status", "phase"}) == "Running") co_return last;
  if (last.is_null()) co_return engine::failure(shown + " (`" + pod + "`) has been deleted while it was waited for");
  Task<Result<json>> listing = client.list("/api/v1/nodes", {}, "list the nodes");
  const Result<json> nodes = co_await listing;
  const auto trouble = start_trouble(last, shown, nodes ? largest_node(value_at(*nodes, {"items"})) : LargestNode{}, settings);
  if (trouble) co_return tl::unexpected(trouble->error);
  co_return engine::failure(shown + " (`" + pod + "`) does not run: it is " + text_at(last, {"status", "phase"}), "`kubectl describe pod -n " + space + ' ' + pod + "` says more");
}

}  // namespace sdlrun::stages::kubernetes
