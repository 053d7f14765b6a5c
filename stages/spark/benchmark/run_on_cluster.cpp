#include "stages/kubernetes/objects/apply.hpp"
#include "stages/spark/benchmark/one_run.hpp"
#include "stages/spark/benchmark/pod_time.hpp"
#include "stages/spark/kubernetes/driver_job.hpp"
#include "stages/spark/kubernetes/submission.hpp"
#include "stages/spark/kubernetes/submit_on_cluster.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

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
