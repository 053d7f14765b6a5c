#include "stages/kubernetes/objects/live.hpp"

#include <mutex>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t questions_at_once = 16;
/// So many of one list are worth the list, which may hold many others.
constexpr std::size_t worth_a_list = 20;

struct Found {
  std::mutex mutex;
  std::map<std::string, json> objects;  // guarded by `mutex`

  void add(const std::string& identity, json object) {
    const std::lock_guard lock(mutex);
    objects.emplace(identity, std::move(object));
  }
};

/// One object, or all of a list.
struct Question {
  std::string path = {};
  std::vector<const Target*> targets = {};
  bool is_list = false;
};

std::vector<Question> questions_about(const std::vector<Target>& targets) {
  std::map<std::string, std::vector<const Target*>> by_list;
  for (const Target& target : targets) by_list[path_of(target.resource, target.space)].push_back(&target);
  std::vector<Question> questions;
  for (auto& [path, wanted] : by_list) {
    if (wanted.size() >= worth_a_list) {
      questions.push_back({.path = path, .targets = wanted, .is_list = true});
      continue;
    }
    for (const Target* each : wanted) questions.push_back({.path = each->path(), .targets = {each}});
  }
  return questions;
}

Task<Result<bool>> ask_list(Client& client, const Question& question, Found& found) {
  std::string path = question.path, what = "list " + question.path;
  Task<Result<json>> listing = client.list(std::move(path), {}, std::move(what));
  Result<json> listed = co_await listing;
  if (!listed) co_return tl::unexpected(listed.error());
  std::map<std::string, json*> by_name;
  for (json& item : (*listed)["items"]) by_name.emplace(text_at(item, {"metadata", "name"}), &item);
  for (const Target* target : question.targets) {
    const auto place = by_name.find(target->name);
    if (place == by_name.end()) continue;
    json object = std::move(*place->second);
    object["apiVersion"] = target->resource.api_version;  // items of a list do not say it
    object["kind"] = target->kind;
    found.add(target->identity(), std::move(object));
  }
  co_return true;
}

}  // namespace

Task<Result<std::map<std::string, json>>> live_objects(Client& client, std::vector<Target> targets) {
  const std::vector<Question> questions = questions_about(targets);
  Found found;
  std::function<Task<Result<bool>>(std::size_t)> ask = [&client, &questions, &found](std::size_t number) -> Task<Result<bool>> {
    const Question& question = questions[number];
    if (question.is_list) {
      Task<Result<bool>> asking = ask_list(client, question, found);
      co_return co_await asking;
    }
    std::string path = question.path, what = "look at " + question.targets.front()->shown();
    Task<Result<std::optional<json>>> asking = client.find(std::move(path), std::move(what));
    Result<std::optional<json>> object = co_await asking;
    if (!object) co_return tl::unexpected(object.error());
    if (*object) found.add(question.targets.front()->identity(), std::move(**object));
    co_return true;
  };
  Task<Result<bool>> asking = engine::in_lanes(questions.size(), questions_at_once, std::move(ask));
  const Result<bool> asked = co_await asking;
  if (!asked) co_return tl::unexpected(asked.error());
  co_return std::move(found.objects);
}

}  // namespace sdlrun::stages::kubernetes
