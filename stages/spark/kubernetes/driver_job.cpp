#include "stages/spark/kubernetes/driver_job.hpp"

#include "engine/base64.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/delete/removal.hpp"
#include "stages/kubernetes/objects/make.hpp"
#include "stages/spark/kubernetes/driver_follow.hpp"
#include "stages/spark/kubernetes/old_drivers.hpp"
#include "stages/spark/submit_failure.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

std::string secret_name(const std::string& name) { return name + "-secret"; }

json labelled(const std::string& kind, const std::string& name, const std::string& space, const std::string& job) {
  json object = kubernetes::object_of_ours("v1", kind, space, name);
  object["metadata"]["labels"]["sdlrun/job"] = job;
  return object;
}

}  // namespace

std::string DriverJob::place() const { return client_.context().server + " namespace " + space(); }

std::string DriverJob::path(const char* plural, const std::string& name) const { return kubernetes::path_of({.plural = plural}, space(), name); }

Task<Result<std::optional<std::string>>> DriverJob::find(std::string name) {
  Task<Result<std::optional<json>>> finding = client_.find(path("pods", driver_pod_name(name)), "look for the driver of `" + name + '`');
  const auto found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  if (!found->has_value()) co_return std::optional<std::string>();
  if (description_.spark_submit) {
    Task<Result<bool>> looking = was_cut_off(**found);
    const Result<bool> cut_off = co_await looking;
    if (!cut_off) co_return tl::unexpected(cut_off.error());
    if (*cut_off) co_return std::optional<std::string>();
  }
  co_return std::optional<std::string>(name);
}

/// Spark's own submission makes the Pod first, and last the ConfigMap without which the Pod does not start. It ends with us: where it has not got so
/// far, it never will.
Task<Result<bool>> DriverJob::was_cut_off(json driver) {
  if (text_at(driver, {"status", "phase"}) != "Pending") co_return false;
  std::string configuration;
  for (const json& volume : list_in(object_in(driver, "spec"), "volumes")) {
    if (text_in(volume, "name") == configuration_volume) configuration = text_at(volume, {"configMap", "name"});
  }
  if (configuration.empty()) co_return false;
  Task<Result<std::optional<json>>> finding = client_.find(path("configmaps", configuration), "look for what the driver was given");
  const auto found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  co_return !found->has_value();
}

/// True: made now. False: it was there. What may be there, may be from an attempt that was cut off: the same name is the same step's.
Task<Result<bool>> DriverJob::make(std::string plural, json object) {
  Task<Result<bool>> making = kubernetes::make(client_, {.plural = std::move(plural)}, std::move(object));
  co_return co_await making;
}

kubernetes::StoreWish DriverJob::store_wish() const {
  constexpr std::int64_t day = 24 * 3600;
  const Submission& submission = description_.submission;
  const std::string policy = property(submission.conf, "spark.kubernetes.container.image.pullPolicy");
  return {.space = space(),
          .image = submission.image,
          .image_hint = "the step's `image` has to have it where files are carried",
          .pull_policy = policy.empty() ? "IfNotPresent" : policy,
          .pull_secrets = pull_secrets(submission.conf),
          .account = submission.executor_account,
          .keep_seconds = day,
          .most_bytes = description_.store_bytes,
          .start_timeout = description_.start_timeout,
          .settings = pod_settings()};
}

/// What cluster_driver.py needs to take and leave files.
Task<Result<bool>> DriverJob::bring_files(std::string name, Submission& submission) {
  tell("sending files");
  const kubernetes::JobFiles& files = description_.files;
  Task<Result<std::string>> bringing = kubernetes::bring_files(client_, store_wish(), name, files.inputs);
  const Result<std::string> store = co_await bringing;
  if (!store) co_return tl::unexpected(store.error());
  json left = json::array({kubernetes::outputs_list(name)});
  for (std::string& path : kubernetes::left_paths(files)) left.push_back(std::move(path));
  submission.driver_variables.emplace_back("SDLRUN_STORE", *store);
  if (!files.inputs.empty()) submission.driver_variables.emplace_back("SDLRUN_FETCH", kubernetes::inputs_list(name));
  submission.driver_variables.emplace_back("SDLRUN_LEAVE", left.dump());
  submission.driver_secrets.emplace_back(kubernetes::store_token_variable, kubernetes::store_name());
  co_return true;
}

/// All that the driver finds when it starts.
Task<Result<bool>> DriverJob::prepare(std::string name, Submission& submission) {
  if (description_.files.needs_store()) {
    Task<Result<bool>> bringing = bring_files(name, submission);
    if (const Result<bool> brought = co_await bringing; !brought) co_return brought;
  }
  if (description_.variables.empty()) co_return true;
  json secret = labelled("Secret", secret_name(name), space(), name);
  submission.secret = secret_name(name);
  for (const auto& [variable, value] : description_.variables) {
    secret["data"][variable] = engine::to_base64(value);
    submission.secret_variables.push_back(variable);
  }
  Task<Result<bool>> making = make("secrets", std::move(secret));
  co_return co_await making;
}

Task<Result<engine::OutsideStart>> DriverJob::start(std::string name) {
  was_started_here_ = true;
  Submission submission = description_.submission;
  submission.name = name;
  Task<Result<bool>> preparing = prepare(name, submission);
  const Result<bool> prepared = co_await preparing;
  if (prepared && description_.spark_submit) {
    Task<Result<engine::OutsideStart>> submitting = submit_by_spark(name, std::move(submission));
    co_return co_await submitting;
  }
  auto objects = prepared ? submission_objects(submission) : Result<SubmissionObjects>(tl::unexpected(prepared.error()));
  if (objects) {
    Task<Result<bool>> making = make("configmaps", objects->configuration);
    Task<Result<bool>> making_service = make("services", objects->service);
    Result<bool> made = co_await making;
    if (made) made = co_await making_service;
    if (made) {
      tell("starting the driver");
      Task<Result<bool>> making_driver = make("pods", objects->driver);
      made = co_await making_driver;
    }
    if (made) co_return engine::OutsideStart{.handle = *made ? std::optional<std::string>(name) : std::nullopt};
    objects = tl::unexpected(made.error());
  }
  // Where no answer came it may have been made all the same: the next run looks.
  if (objects.error().transient || client_.step().stopping()) co_return tl::unexpected(objects.error());
  engine::Error refusal = objects.error();
  Task<Result<bool>> removing = remove(name);
  static_cast<void>(co_await removing);
  co_return engine::OutsideStart{.refusal = std::move(refusal)};
}

/// A Pod of that name is that of a submission that was cut off.
Task<Result<bool>> DriverJob::clear_cut_off(std::string name) {
  Task<Result<std::optional<std::string>>> finding = find(name);
  const Result<std::optional<std::string>> found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  if (found->has_value()) co_return true;
  std::vector<kubernetes::Target> driver{{.resource = {.plural = "pods"}, .kind = "Pod", .space = space(), .name = driver_pod_name(name)}};
  Task<Result<bool>> removing = kubernetes::remove_all(client_, std::move(driver), description_.start_timeout);
  co_return co_await removing;
}

/// Its word is not asked for: where a driver's Pod of that name is there, the job was begun.
Task<Result<engine::OutsideStart>> DriverJob::submit_by_spark(std::string name, Submission submission) {
  Task<Result<bool>> clearing = clear_cut_off(name);
  if (const Result<bool> cleared = co_await clearing; !cleared) co_return tl::unexpected(cleared.error());
  client_.step().progress("spark-submit starts the driver");
  Task<Result<engine::ProcessResult>> submitting = run_spark_submit(client_, *description_.spark_submit, std::move(submission));
  const Result<engine::ProcessResult> result = co_await submitting;
  if (!result) co_return tl::unexpected(result.error());
  if (result->success()) co_return engine::OutsideStart{.handle = name};
  if (client_.step().stopping()) co_return engine::failure("stopped");
  Task<Result<std::optional<std::string>>> finding = find(name);
  const Result<std::optional<std::string>> found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  if (found->has_value()) co_return engine::OutsideStart{.handle = name};
  constexpr std::size_t lines = 100;
  engine::Error refusal = submit_failed({.name = "spark-submit", .report = {}, .printed = client_.step().log_tail(lines), .requirements = {}}, *result);
  Task<Result<bool>> removing = remove(name);
  static_cast<void>(co_await removing);
  co_return engine::OutsideStart{.refusal = std::move(refusal)};
}

/// All that is made for the job besides its driver.
std::vector<std::pair<const char*, std::string>> DriverJob::beside_driver(const std::string& name) const {
  std::vector<std::pair<const char*, std::string>> objects{{"services", service_name(name)}, {"configmaps", configuration_name(name)}};
  if (!description_.variables.empty()) objects.emplace_back("secrets", secret_name(name));
  return objects;
}

/// What was made before the driver goes with it from now on.
Task<Result<bool>> DriverJob::own(std::string name, json driver) {
  for (const auto& [plural, object] : beside_driver(name)) {
    Task<Result<bool>> giving = kubernetes::give_to(client_, {.plural = plural}, object, driver);
    if (const Result<bool> given = co_await giving; !given) co_return given;
  }
  co_return true;
}

Task<Result<engine::OutsideEnd>> DriverJob::take_outputs(std::string name) {
  tell("taking the outputs");
  Task<Result<bool>> taking = kubernetes::take_files(client_, space(), name, client_.step().work_directory(), description_.standard_output);
  const Result<bool> taken = co_await taking;
  if (!taken) co_return tl::unexpected(taken.error());
  co_return *taken ? engine::OutsideEnd{} : engine::OutsideEnd{.failure = kubernetes::left_files_are_gone()};
}

Task<Result<engine::OutsideEnd>> DriverJob::follow(std::string name) {
  Task<Result<std::optional<json>>> finding = client_.find(path("pods", driver_pod_name(name)), "look at the driver of `" + name + '`');
  const auto driver = co_await finding;
  if (!driver) co_return tl::unexpected(driver.error());
  if (!driver->has_value()) co_return engine::OutsideEnd{engine::Error{.message = "somebody has deleted the driver `" + driver_pod_name(name) + "` while it was followed"}};
  Task<Result<bool>> owning = own(name, **driver);
  if (const Result<bool> owned = co_await owning; !owned) co_return tl::unexpected(owned.error());
  FollowedApplication followed{.name = name,
                               .space = space(),
                               .selector = text_at(**driver, {"metadata", "labels", "spark-app-selector"}),
                               .application = description_.application,
                               .wanted_executors = property(driver_properties(description_.submission), "spark.executor.instances"),
                               .is_dynamic = property(description_.submission.conf, "spark.dynamicAllocation.enabled") == "true",
                               .start_timeout = description_.start_timeout,
                               .shown = description_.shown,
                               .wants_all_executors = description_.wants_all_executors,
                               .from_start = was_started_here_};
  if (!description_.files.wants_printed && !description_.standard_output.empty()) {
    if (auto emptied = client_.step().world().files.write(description_.standard_output, ""); !emptied) co_return tl::unexpected(emptied.error());
    followed.standard_output = description_.standard_output;
  }
  Task<Result<ApplicationEnd>> following = follow_application(client_, std::move(followed));
  const Result<ApplicationEnd> end = co_await following;
  if (!end) co_return tl::unexpected(end.error());
  found_no_room_ = end->found_no_room;
  if (end->failure) co_return engine::OutsideEnd{end->failure};
  if (description_.keep_seconds > 0) {
    Task<bool> removing = remove_old_drivers(client_, space(), description_.keep_seconds, driver_pod_name(name));
    co_await removing;
  }
  if (!description_.files.leaves_files()) co_return engine::OutsideEnd{};
  Task<Result<engine::OutsideEnd>> taking = take_outputs(name);
  co_return co_await taking;
}

Task<Result<bool>> DriverJob::remove(std::string name) {
  bool was_there = false;
  auto all = beside_driver(name);
  all.emplace(all.begin(), "pods", driver_pod_name(name));
  for (const auto& [plural, object] : all) {
    Task<Result<bool>> removing = client_.remove(path(plural, object), "Background", "delete `" + object + '`');
    const Result<bool> removed = co_await removing;
    if (!removed) co_return removed;
    was_there = was_there || *removed;
  }
  if (description_.files.needs_store()) {
    Task<bool> letting = kubernetes::let_files_go(client_, space(), name);
    co_await letting;
  }
  co_return was_there;
}

}  // namespace sdlrun::stages::spark
