#include "stages/kubernetes/artifacts/store_beginning.hpp"

#include "engine/cache/digest.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/artifacts/store_objects.hpp"
#include "stages/kubernetes/objects/make.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/complaints.hpp"
#include "stages/kubernetes/pods/pod_start.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

const Resource store_pod_kind{.plural = "pods"};

bool is_running(const json& pod) {
  return text_at(pod, {"status", "phase"}) == "Running" && !is_being_deleted(pod);
}

Task<Result<std::optional<json>>> find_pod_of(Client& client, std::string space) {
  Task<Result<std::optional<json>>> finding = client.find(path_of(store_pod_kind, space, store_name()), "look for the Pod that keeps files");
  co_return co_await finding;
}

bool is_starting(const json& pod) {
  return text_at(pod, {"status", "phase"}) == "Pending" && !is_being_deleted(pod);
}

/// Begins a namespace's store.
class Beginning {
 public:
  Beginning(Client& client, StoreWish wish) : client_(client), wish_(std::move(wish)) {}

  Task<Result<bool>> run() {
    Task<Result<std::optional<json>>> finding = find_pod();
    auto pod = co_await finding;
    if (!pod) co_return tl::unexpected(pod.error());
    if (pod->has_value() && is_running(**pod)) co_return true;
    // Steps that want it at the same time are let in one by one.
    Task<Result<std::shared_ptr<void>>> locking = client_.step().lock_shared("kubernetes-store-" + engine::sha256(client_.context().server + ' ' + wish_.space).substr(0, 16));
    const auto lock = co_await locking;
    if (!lock) co_return tl::unexpected(lock.error());
    Task<Result<std::optional<json>>> finding_again = find_pod();
    pod = co_await finding_again;
    if (!pod) co_return tl::unexpected(pod.error());
    if (pod->has_value() && is_running(**pod)) co_return true;
    const bool is_over = pod->has_value() && !is_starting(**pod);
    if (is_over) {
      Task<Result<bool>> clearing = clear_away();
      if (const Result<bool> cleared = co_await clearing; !cleared) co_return cleared;
    }
    client_.step().progress("starting the Pod that keeps files");
    Task<Result<bool>> making = make_all();
    if (const Result<bool> made = co_await making; !made) co_return made;
    Task<Result<json>> starting = await_running(client_, wish_.space, store_name(), "the Pod that keeps files", wish_.start_timeout, wish_.settings);
    const Result<json> started = co_await starting;
    if (started) co_return true;
    Task<engine::Error> asking_why = why_it_fails(started.error());
    co_return tl::unexpected(co_await asking_why);
  }

 private:
  Task<Result<std::optional<json>>> find_pod() {
    Task<Result<std::optional<json>>> finding = find_pod_of(client_, wish_.space);
    co_return co_await finding;
  }

  Task<Result<bool>> make_all() {
    std::vector<std::pair<Resource, json>> objects{{{.plural = "secrets"}, store_secret(wish_.space, random_token())}, {{.plural = "configmaps"}, store_programs(wish_.space)}, {{.plural = "services"}, store_service(wish_.space)}, {store_pod_kind, store_pod(wish_)}};
    for (const auto& [resource, object] : objects) {
      Task<Result<bool>> making = make(client_, resource, object);
      if (const Result<bool> made = co_await making; !made) co_return made;
    }
    co_return true;
  }

  /// One that has ended, and keeps the name.
  Task<Result<bool>> clear_away() {
    Task<Result<bool>> removing = client_.remove(path_of(store_pod_kind, wish_.space, store_name()), "Background", "take away the Pod that has kept files");
    if (const Result<bool> removed = co_await removing; !removed) co_return removed;
    constexpr int looks = 120;
    for (int look = 0; look < looks && !client_.step().stopping(); ++look) {
      Task<Result<std::optional<json>>> finding = find_pod();
      const auto pod = co_await finding;
      if (!pod) co_return tl::unexpected(pod.error());
      if (!pod->has_value()) co_return true;
      Task<bool> sleeping = client_.step().sleep(engine::Milliseconds(500));
      co_await sleeping;
    }
    co_return engine::failure("the Pod `" + store_name() + "` is being deleted, and does not go", "`kubectl delete pod --force -n " + wish_.space + ' ' + store_name() + "` takes it away");
  }

  /// Where its program has ended, its own last words.
  Task<engine::Error> why_it_fails(engine::Error error) {
    Task<Result<std::optional<json>>> finding = find_pod();
    const auto pod = co_await finding;
    if (!pod || !pod->has_value() || text_at(**pod, {"status", "phase"}) != "Failed") co_return error;
    constexpr int lines = 20;
    Task<std::string> reading = log_end(client_, **pod, {.container = "store"}, lines);
    std::string printed = co_await reading;
    co_return engine::Error{.message = "the Pod that keeps files does not run in the image `" + wish_.image + '`', .hint = "its program wants Python 3.8 or newer as `python3`: " + wish_.image_hint, .detail = std::move(printed)};
  }

  Client& client_;
  StoreWish wish_;
};

}  // namespace

Task<Result<bool>> store_runs(Client& client, std::string space) {
  Task<Result<std::optional<json>>> finding = find_pod_of(client, std::move(space));
  const auto pod = co_await finding;
  if (!pod) co_return tl::unexpected(pod.error());
  co_return pod->has_value() && is_running(**pod);
}

Task<Result<bool>> begin_store(Client& client, StoreWish wish) {
  Beginning beginning(client, std::move(wish));
  Task<Result<bool>> running = beginning.run();
  co_return co_await running;
}

}  // namespace sdlrun::stages::kubernetes
