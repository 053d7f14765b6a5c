#include "stages/kubernetes/apply/put.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"
#include "stages/kubernetes/objects/difference.hpp"
#include "stages/kubernetes/objects/live.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/objects/order.hpp"
#include "stages/kubernetes/objects/wait_ready.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t puts_at_once = 12;
constexpr int not_found = 404;
constexpr int conflicting = 409;
/// An API server that has just been told of a kind answers 404 for a moment.
constexpr int attempts_for_new_kind = 20;
constexpr engine::Milliseconds between_attempts{250};

ApiRequest put_request(const Target& target, bool force, bool is_dry) {
  ApiRequest request = apply_request(target.path(), target.object, force);
  request.query.emplace_back("fieldValidation", "Strict");
  if (is_dry) request.query.emplace_back("dryRun", "All");
  return request;
}

engine::Error refused(const Target& target, const ApiAnswer& answer) {
  const bool is_about_fields = answer.status == conflicting && text_in(answer.body, "reason") == "Conflict" && !list_in(object_in(answer.body, "details"), "causes").empty();
  if (is_about_fields) return conflict(target, answer.body);
  engine::Error error = refusal(answer.status, answer.body, "apply " + target.shown() + " (" + target.place + ')');
  const bool is_space_missing = answer.status == not_found && error.message.find("namespaces \"") != std::string::npos;
  if (is_space_missing) error.hint = "put a Namespace of that name among the objects, or make it first";
  return error;
}

Task<Result<json>> put_once(Client& client, const Target& target, bool force) {
  for (int attempt = 0;; ++attempt) {
    ApiRequest request = put_request(target, force, false);
    Task<Result<ApiAnswer>> calling = client.call(std::move(request));
    Result<ApiAnswer> answer = co_await calling;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->is_good()) co_return std::move(answer->body);
    const bool may_come = target.is_of_new_kind && answer->status == not_found && attempt + 1 < attempts_for_new_kind && !client.step().stopping();
    if (!may_come) co_return tl::unexpected(refused(target, *answer));
    Task<bool> sleeping = client.step().sleep(between_attempts);
    co_await sleeping;
  }
}

/// An object that is being deleted takes an apply, and goes all the same.
Task<Result<json>> put_one(Client& client, const Target& target, PutOptions options) {
  constexpr int most_times = 5;
  for (int time = 0;; ++time) {
    Task<Result<json>> putting = put_once(client, target, options.force);
    Result<json> object = co_await putting;
    if (!object || !is_being_deleted(*object) || time == most_times) co_return object;
    client.step().log(target.shown() + " is being deleted: waits until it has gone, and applies it anew");
    std::vector<Target> going{target};
    going.front().object = std::move(*object);
    Task<Result<bool>> waiting = wait_until_gone(client, std::move(going), options.timeout);
    if (const Result<bool> gone = co_await waiting; !gone) co_return tl::unexpected(gone.error());
  }
}

/// Where each rank begins, and the end.
std::vector<std::size_t> rank_bounds(const std::vector<Target>& targets) {
  std::vector<std::size_t> bounds{0};
  for (std::size_t index = 1; index < targets.size(); ++index) {
    if (targets[index].rank != targets[index - 1].rank) bounds.push_back(index);
  }
  bounds.push_back(targets.size());
  return bounds;
}

struct Progress {
  std::atomic<std::size_t> done{0};
  std::mutex mutex;  // guards the live objects
};

}  // namespace

engine::Error conflict(const Target& target, const json& body) {
  std::string owners, lines;
  for (const json& cause : list_in(object_in(body, "details"), "causes")) {
    // conflict with "kubectl-edit" using apps/v1
    const std::string message = text_in(cause, "message");
    const std::size_t begin = message.find('"'), end = begin == std::string::npos ? begin : message.find('"', begin + 1);
    const std::string owner = end == std::string::npos ? message : message.substr(begin + 1, end - begin - 1);
    if (owners.find('`' + owner + '`') == std::string::npos) owners += (owners.empty() ? "`" : ", `") + owner + '`';
    lines += (lines.empty() ? "" : "\n") + text_in(cause, "field") + ": set by " + owner;
  }
  return {.message = "cannot apply " + target.shown() + " (" + target.place + "): fields of it belong to " + owners,
          .hint = "leave them out of the manifest, or take them over with `force = true`: then whoever set them may set them again",
          .detail = lines};
}

bool is_as_applied(const Target& target, const json& live, const InventoryEntries& known) {
  const auto entry = known.find(target.identity());
  if (entry == known.end() || entry->second.fields.empty()) return false;
  const bool is_same = entry->second.form == form_digest(target) && entry->second.uid == text_at(live, {"metadata", "uid"});
  return is_same && !is_being_deleted(live) && entry->second.fields == owned_fields_digest(live);
}

Task<Result<bool>> put(Client& client, std::vector<Target> targets, const InventoryEntries& known, LiveObjects& live, PutOptions options) {
  Progress progress;
  const std::vector<std::size_t> bounds = rank_bounds(targets);
  for (std::size_t bound = 0; bound + 1 < bounds.size(); ++bound) {
    const std::size_t first = bounds[bound], count = bounds[bound + 1] - first;
    if (count == 0) continue;
    std::function<Task<Result<bool>>(std::size_t)> work = [&, first](std::size_t number) -> Task<Result<bool>> {
      const Target& target = targets[first + number];
      const std::string identity = target.identity();
      bool is_needed = true;
      {
        const std::lock_guard lock(progress.mutex);
        const auto there = live.find(identity);
        is_needed = there == live.end() || !is_as_applied(target, there->second, known);
      }
      if (is_needed) {
        Task<Result<json>> putting = put_one(client, target, options);
        Result<json> object = co_await putting;
        if (!object) co_return tl::unexpected(object.error());
        client.step().log("applied " + target.shown());
        const std::lock_guard lock(progress.mutex);
        live[identity] = std::move(*object);
      }
      client.step().progress("applied " + std::to_string(++progress.done) + " of " + std::to_string(targets.size()));
      co_return true;
    };
    Task<Result<bool>> putting = engine::in_lanes(count, puts_at_once, std::move(work));
    if (const Result<bool> is_put = co_await putting; !is_put) co_return is_put;
    if (targets[first].rank != rank_of_definitions) continue;
    const auto from = targets.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<Target> definitions(from, from + static_cast<std::ptrdiff_t>(count));
    Task<Result<bool>> waiting = wait_until_ready(client, std::move(definitions), live, options.timeout);
    if (const Result<bool> is_ready = co_await waiting; !is_ready) co_return is_ready;
  }
  co_return true;
}

// ---- what it would change ------------------------------------------------------------------------------------------

namespace {

std::vector<std::string> lines_of_change(const Target& target, const json* live, const ApiAnswer& answer) {
  std::vector<std::string> lines;
  const bool is_missing_place = live == nullptr && answer.status == not_found;  // its namespace is not there yet either
  if (!answer.is_good() && !is_missing_place) {
    const engine::Error error = refused(target, answer);
    lines.push_back("! " + error.message);
    return lines;
  }
  if (live == nullptr) return {"+ " + target.shown() + ": is not there yet"};
  const std::vector<std::string> fields = difference(*live, answer.body);
  if (fields.empty()) return {};
  lines.push_back("~ " + target.shown());
  lines.insert(lines.end(), fields.begin(), fields.end());
  return lines;
}

}  // namespace

Task<Result<std::vector<std::string>>> changes_of_put(Client& client, std::vector<Target> targets, InventoryEntries known, PutOptions options) {
  std::vector<Target> of_known_kinds;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(of_known_kinds), [](const Target& target) { return !target.is_of_new_kind; });
  Task<Result<LiveObjects>> looking = live_objects(client, std::move(of_known_kinds));
  const Result<LiveObjects> live = co_await looking;
  if (!live) co_return tl::unexpected(live.error());
  std::vector<std::vector<std::string>> lines(targets.size());
  std::vector<std::size_t> uncertain;
  for (std::size_t index = 0; index < targets.size(); ++index) {
    const auto there = live->find(targets[index].identity());
    if (targets[index].is_of_new_kind) lines[index] = {"+ " + targets[index].shown() + ": is not there yet"};
    else if (there == live->end() || !is_as_applied(targets[index], there->second, known)) uncertain.push_back(index);
  }
  std::function<Task<Result<bool>>(std::size_t)> ask = [&](std::size_t number) -> Task<Result<bool>> {
    const Target& target = targets[uncertain[number]];
    ApiRequest request = put_request(target, options.force, true);
    Task<Result<ApiAnswer>> calling = client.call(std::move(request));
    const Result<ApiAnswer> answer = co_await calling;
    if (!answer) co_return tl::unexpected(answer.error());
    const auto there = live->find(target.identity());
    lines[uncertain[number]] = lines_of_change(target, there == live->end() ? nullptr : &there->second, *answer);
    co_return true;
  };
  Task<Result<bool>> asking = engine::in_lanes(uncertain.size(), puts_at_once, std::move(ask));
  const Result<bool> asked = co_await asking;
  if (!asked) co_return tl::unexpected(asked.error());
  std::vector<std::string> all;
  for (std::vector<std::string>& each : lines) std::move(each.begin(), each.end(), std::back_inserter(all));
  co_return all;
}

}  // namespace sdlrun::stages::kubernetes
