#include "stages/kubernetes/jobs/job.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/jobs/job_follow.hpp"
#include "stages/kubernetes/objects/make.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

const Resource job_kind{.api_version = "batch/v1", .plural = "jobs"}, job_secrets{.plural = "secrets"};

}  // namespace

std::string Job::path(const std::string& name) const { return path_of(job_kind, space(), name); }

StoreWish Job::store_wish() const {
  const JobsPlace& place = description_.place;
  return {.space = place.space,
          .image = place.helper.empty() ? description_.image : place.helper,
          .image_hint = "name another image as `helper` of `kubernetes.jobs`",
          .pull_secrets = place.pull_secrets,
          .account = place.account,
          .keep_seconds = place.keep_seconds,
          .most_bytes = place.store_bytes,
          .start_timeout = place.start_timeout,
          .settings = job_settings()};
}

Task<Result<std::optional<std::string>>> Job::find(std::string name) {
  Task<Result<std::optional<json>>> finding = client_.find(path(name), "look for the job `" + name + '`');
  const auto found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  co_return found->has_value() ? std::optional<std::string>(name) : std::optional<std::string>();
}

/// Gives whether the Job was made now.
Task<Result<bool>> Job::make_all(std::string name) {
  std::string address;
  if (description_.files.needs_store()) {
    Task<Result<std::string>> bringing = bring_files(client_, store_wish(), name, description_.files.inputs);
    Result<std::string> brought = co_await bringing;
    if (!brought) co_return tl::unexpected(brought.error());
    address = std::move(*brought);
  }
  if (!description_.variables.empty()) {
    Task<Result<bool>> making = make(client_, job_secrets, variables_secret(description_, name));
    if (const Result<bool> made = co_await making; !made) co_return made;
  }
  Task<Result<bool>> making = make(client_, job_kind, job_object(description_, name, address));
  co_return co_await making;
}

Task<Result<engine::OutsideStart>> Job::start(std::string name) {
  Task<Result<bool>> making = make_all(name);
  const Result<bool> made = co_await making;
  if (made) co_return engine::OutsideStart{.handle = *made ? std::optional<std::string>(name) : std::nullopt};
  // Where no answer came it may have been made all the same: the next attempt or run looks.
  if (made.error().transient || client_.step().stopping()) co_return tl::unexpected(made.error());
  engine::Error refused = made.error();
  Task<Result<bool>> removing = remove(name);
  static_cast<void>(co_await removing);
  co_return engine::OutsideStart{.refusal = std::move(refused)};
}

Task<Result<engine::OutsideEnd>> Job::follow(std::string name) {
  Task<Result<std::optional<json>>> finding = client_.find(path(name), "look at the job `" + name + '`');
  const auto job = co_await finding;
  if (!job) co_return tl::unexpected(job.error());
  if (!job->has_value()) co_return engine::OutsideEnd{.failure = engine::Error{.message = "somebody has deleted the job `" + name + '`', .transient = true}};
  if (!description_.variables.empty()) {
    Task<Result<bool>> owning = give_to(client_, job_secrets, variables_name(name), **job);
    if (const Result<bool> owned = co_await owning; !owned) co_return tl::unexpected(owned.error());
  }
  Task<Result<engine::OutsideEnd>> following = follow_job(client_, description_, name);
  const Result<engine::OutsideEnd> end = co_await following;
  if (!end || end->failure || !description_.files.leaves_files()) co_return end;
  Task<Result<engine::OutsideEnd>> taking = take_outputs(name);
  co_return co_await taking;
}

Task<Result<engine::OutsideEnd>> Job::take_outputs(std::string name) {
  client_.step().progress("taking what it has left");
  Task<Result<bool>> taking = take_files(client_, space(), name, client_.step().work_directory(), printed_);
  const Result<bool> taken = co_await taking;
  if (!taken) co_return tl::unexpected(taken.error());
  co_return *taken ? engine::OutsideEnd{} : engine::OutsideEnd{.failure = left_files_are_gone()};
}

Task<Result<bool>> Job::remove(std::string name) {
  Task<Result<bool>> removing = client_.remove(path(name), "Background", "delete the job `" + name + '`');
  const Result<bool> removed = co_await removing;
  if (removed && description_.files.needs_store()) {
    Task<bool> letting = let_files_go(client_, space(), name);
    co_await letting;
  }
  if (!removed || description_.variables.empty()) co_return removed;
  Task<Result<bool>> removing_secret = client_.remove(path_of(job_secrets, space(), variables_name(name)), "Background", "delete the Secret `" + variables_name(name) + '`');
  const Result<bool> secret_removed = co_await removing_secret;
  if (!secret_removed) co_return secret_removed;
  co_return *removed || *secret_removed;
}

}  // namespace sdlrun::stages::kubernetes
