#include "stages/spark/kubernetes/old_drivers.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/times.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

bool is_old_driver(const json& pod, std::int64_t keep, std::int64_t now) {
  if (text_at(pod, {"status", "phase"}) != "Succeeded" || kubernetes::is_being_deleted(pod)) return false;
  const auto ended = kubernetes::seconds_of(text_in(terminated(pod, driver_container), "finishedAt"));
  return ended && now - *ended >= keep;
}

Task<bool> remove_old_drivers(kubernetes::Client& client, std::string space, std::int64_t keep, std::string own) {
  std::string path = kubernetes::path_of({.plural = "pods"}, space);
  kubernetes::Query query{{"labelSelector", "spark-role=driver,app.kubernetes.io/managed-by=sdlrun"}, {"fieldSelector", "status.phase=Succeeded"}};
  Task<Result<json>> listing = client.list(std::move(path), std::move(query), "list the drivers that have ended");
  const Result<json> drivers = co_await listing;
  if (!drivers) co_return false;
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(client.step().world().clock.wall()).count();
  for (const json& driver : value_at(*drivers, {"items"})) {
    const std::string name = text_at(driver, {"metadata", "name"});
    if (name == own || !is_old_driver(driver, keep, now)) continue;
    Task<Result<bool>> removing = client.remove(kubernetes::path_of({.plural = "pods"}, space, name), "Background", "delete `" + name + '`');
    const Result<bool> removed = co_await removing;
    if (!removed) co_return false;
    if (*removed) client.step().log("took away `" + name + "`, which ended " + kubernetes::age_text(now - kubernetes::seconds_of(text_in(terminated(driver, driver_container), "finishedAt")).value_or(now)) + " ago");
  }
  co_return true;
}

}  // namespace sdlrun::stages::spark
