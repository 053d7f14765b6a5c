#include "stages/spark/kubernetes/driver_job.hpp"

#include "engine/base64.hpp"
#include "stages/embedded.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/make.hpp"
#include "stages/kubernetes/pods/complaints.hpp"
#include "stages/spark/kubernetes/driver_follow.hpp"
#include "stages/kubernetes/pods/pod_start.hpp"
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
  co_return found->has_value() ? std::optional<std::string>(name) : std::optional<std::string>();
}

/// True: made now. False: it was there. What may be there, may be from an attempt that was cut off: the same name is the same step's.
Task<Result<bool>> DriverJob::make(std::string plural, json object) {
  Task<Result<bool>> making = kubernetes::make(client_, {.plural = std::move(plural)}, std::move(object));
  co_return co_await making;
}

/// The courier's token and the step's variables.
Task<Result<bool>> DriverJob::keep_secret(std::string name) {
  json secret = labelled("Secret", secret_name(name), space(), name);
  secret["data"][courier_token_variable] = engine::to_base64(kubernetes::random_token());
  for (const auto& [variable, value] : description_.variables) secret["data"][variable] = engine::to_base64(value);
  Task<Result<bool>> making = make("secrets", std::move(secret));
  co_return co_await making;
}

/// It may be one that an attempt before has made.
Task<Result<std::string>> DriverJob::read_token(std::string name) {
  Task<Result<std::optional<json>>> finding = client_.find(path("secrets", secret_name(name)), "read the Secret of `" + name + '`');
  const auto found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  const auto token = engine::from_base64(found->has_value() ? text_at(**found, {"data", courier_token_variable}) : "");
  if (!token || token->empty()) co_return engine::failure("the Secret `" + secret_name(name) + "` of the job is gone: its files cannot be taken", "did somebody delete it?");
  co_return *token;
}

/// Gives the address that Pods reach it by.
Task<Result<std::string>> DriverJob::begin_courier(std::string name, std::string token) {
  json program = labelled("ConfigMap", courier_pod_name(name), space(), name);
  program["data"]["courier.py"] = embedded("spark/kubernetes/courier.py");
  Task<Result<bool>> making = make("configmaps", std::move(program));
  if (const Result<bool> made = co_await making; !made) co_return tl::unexpected(made.error());
  const Submission& submission = description_.submission;
  const std::string policy = property(submission.conf, "spark.kubernetes.container.image.pullPolicy");
  json pod = courier_pod({.name = name,
                          .space = space(),
                          .image = submission.image,
                          .pull_policy = policy.empty() ? "IfNotPresent" : policy,
                          .pull_secrets = pull_secrets(submission.conf),
                          .account = submission.executor_account,
                          .secret = secret_name(name)});
  Task<Result<bool>> making_pod = make("pods", std::move(pod));
  if (const Result<bool> made = co_await making_pod; !made) co_return tl::unexpected(made.error());
  tell("waiting for the Pod that carries files");
  Task<Result<json>> starting = kubernetes::await_running(client_, space(), courier_pod_name(name), "the Pod that carries files", description_.start_timeout, pod_settings());
  const Result<json> running = co_await starting;
  if (!running) {
    Task<engine::Error> asking_why = why_courier_fails(name, running.error());
    co_return tl::unexpected(co_await asking_why);
  }
  tell("sending files");
  Courier courier(client_, name, space(), std::move(token));
  Task<Result<bool>> sending = courier.send(description_.inputs);
  const Result<bool> sent = co_await sending;
  if (sent) co_return courier_url(*running);
  Task<engine::Error> asking_why = why_courier_fails(name, sent.error());
  co_return tl::unexpected(co_await asking_why);
}

/// Where its program has ended, its own last words in place of the proxy's.
Task<engine::Error> DriverJob::why_courier_fails(std::string name, engine::Error error) {
  Task<Result<std::optional<json>>> finding = client_.find(path("pods", courier_pod_name(name)), "look at the courier of `" + name + '`');
  const auto pod = co_await finding;
  const json last = pod && pod->has_value() ? terminated(**pod, "courier") : json();
  if (last.is_null()) co_return error;
  constexpr int lines = 20;
  Task<std::string> reading = kubernetes::log_end(client_, **pod, {.container = "courier"}, lines);
  const std::string printed = co_await reading;
  co_return engine::Error{.message = "the Pod that carries files has ended with exit code " + std::to_string(integer_at(last, {"exitCode"})),
                          .hint = "its program wants Python 3.8 or newer as `python3` in `" + description_.submission.image + '`',
                          .detail = printed.empty() ? text_in(last, "message") : printed};
}

/// All that the driver finds when it starts.
Task<Result<bool>> DriverJob::prepare(std::string name, Submission& submission) {
  if (description_.needs_courier || !description_.variables.empty()) {
    Task<Result<bool>> keeping = keep_secret(name);
    if (const Result<bool> kept = co_await keeping; !kept) co_return kept;
    submission.secret = secret_name(name);
    for (const auto& [variable, value] : description_.variables) submission.secret_variables.push_back(variable);
    if (description_.needs_courier) {
      Task<Result<std::string>> reading = read_token(name);
      const Result<std::string> token = co_await reading;
      if (!token) co_return tl::unexpected(token.error());
      Task<Result<std::string>> beginning = begin_courier(name, *token);
      const Result<std::string> url = co_await beginning;
      if (!url) co_return tl::unexpected(url.error());
      submission.driver_variables.emplace_back("SDLRUN_FILES", *url);
      submission.driver_variables.emplace_back("SDLRUN_OUTPUTS", json(description_.outputs).dump());
      submission.driver_secrets.push_back(courier_token_variable);
    }
  }
  co_return true;
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

/// Its word is not asked for: where a driver's Pod of that name is there, the job was begun.
Task<Result<engine::OutsideStart>> DriverJob::submit_by_spark(std::string name, Submission submission) {
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
  if (description_.needs_courier || !description_.variables.empty()) objects.emplace_back("secrets", secret_name(name));
  if (description_.needs_courier) objects.insert(objects.end(), {{"configmaps", courier_pod_name(name)}, {"pods", courier_pod_name(name)}});
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

Task<Result<bool>> DriverJob::take_outputs(std::string name) {
  if (!description_.needs_courier) co_return true;
  tell("taking the outputs");
  Task<Result<std::string>> reading = read_token(name);
  const Result<std::string> token = co_await reading;
  if (!token) co_return tl::unexpected(token.error());
  Courier courier(client_, name, space(), *token);
  Task<Result<bool>> fetching = courier.fetch("outputs/", client_.step().work_directory());
  const Result<bool> fetched = co_await fetching;
  if (!fetched) co_return tl::unexpected(fetched.error());
  if (description_.standard_output.empty()) co_return true;
  Task<Result<bool>> fetching_printed = courier.fetch("standard_output", description_.standard_output);
  co_return co_await fetching_printed;
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
  if (!description_.needs_courier && !description_.standard_output.empty()) {
    if (auto emptied = client_.step().world().files.write(description_.standard_output, ""); !emptied) co_return tl::unexpected(emptied.error());
    followed.standard_output = description_.standard_output;
  }
  Task<Result<ApplicationEnd>> following = follow_application(client_, std::move(followed));
  const Result<ApplicationEnd> end = co_await following;
  if (!end) co_return tl::unexpected(end.error());
  found_no_room_ = end->found_no_room;
  if (end->failure) co_return engine::OutsideEnd{end->failure};
  Task<Result<bool>> taking = take_outputs(name);
  const Result<bool> taken = co_await taking;
  if (!taken) co_return tl::unexpected(taken.error());
  co_return engine::OutsideEnd{};
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
  co_return was_there;
}

}  // namespace sdlrun::stages::spark
