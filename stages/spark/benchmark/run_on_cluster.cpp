#include <algorithm>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/times.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/spark/benchmark/one_run.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/driver_job.hpp"
#include "stages/spark/kubernetes/submission.hpp"
#include "stages/spark/kubernetes/submit_on_cluster.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// What the driver's Pod tells of its run, also long after it has ended: the script's own times, which our driver has left as the container's last
/// message; of an application of Java the container's, in whole seconds.
Result<RunTime> time_told_by(const json& pod) {
  const json last = terminated(pod, driver_container);
  const auto made = kubernetes::seconds_of(text_at(pod, {"metadata", "creationTimestamp"}));
  const json message = parsed_json(text_in(last, "message")), began = value_at(message, {"began"}), seconds = value_at(message, {"seconds"});
  if (made && began.is_number() && seconds.is_number()) {
    return RunTime{.seconds = seconds.get<double>(), .start = std::max(0.0, began.get<double>() - static_cast<double>(*made))};
  }
  const auto started = kubernetes::seconds_of(text_in(last, "startedAt")), finished = kubernetes::seconds_of(text_in(last, "finishedAt"));
  if (!made || !started || !finished) return engine::failure("the driver's Pod does not say how long it ran", "did somebody delete or change it?");
  return RunTime{.seconds = static_cast<double>(*finished - *started), .start = static_cast<double>(*started - *made)};
}

}  // namespace

Task<Result<RunEnd>> run_on_cluster(engine::StageContext& context, kubernetes::Client& client, engine::StageInputs run, std::string kind, std::string shown) {
  auto job = job_of(context, run, client);
  if (!job) co_return tl::unexpected(job.error());
  job->kind = std::move(kind);
  job->shown = shown + ", ";
  job->wants_all_executors = true;
  const std::string space = job->submission.space;
  DriverJob driver(client, std::move(*job));
  Task<Result<std::string>> doing = context.outside(driver);
  const Result<std::string> name = co_await doing;
  if (!name && driver.found_no_room()) co_return RunEnd{.no_room = name.error().message};
  if (!name) co_return tl::unexpected(name.error());
  Task<Result<std::optional<json>>> asking = client.find(kubernetes::path_of({.plural = "pods"}, space, driver_pod_name(*name)), "ask how long `" + *name + "` ran");
  const Result<std::optional<json>> pod = co_await asking;
  if (!pod) co_return tl::unexpected(pod.error());
  const Result<RunTime> time = time_told_by(pod->value_or(json()));
  if (!time) co_return tl::unexpected(time.error());
  co_return RunEnd{.time = *time};
}

}  // namespace sdlrun::stages::spark
