#include "stages/compose/stack.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "stages/compose/failure.hpp"
#include "stages/compose/project.hpp"
#include "stages/compose/removal.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"

namespace sdlrun::stages::compose {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

constexpr engine::Milliseconds first_pause{100};
constexpr engine::Milliseconds longest_pause{1000};
constexpr const char* log_lines_shown = "20";

/// They become arguments, where one that begins with `-` would be an option.
Result<void> check_names(const std::vector<std::string>& names, const std::string& what) {
  for (const std::string& name : names) {
    if (name.empty() || name.starts_with('-')) return engine::failure("`" + name + "` is no name of a " + what);
  }
  return {};
}

std::vector<std::string> command_of(const Stack& stack, std::vector<std::string> words) {
  std::vector<std::string> command = stack.tool.command;
  command.insert(command.end(), {"--project-name", stack.project, "--project-directory", fs::path(stack.file).parent_path().string(), "--file", stack.file});
  for (const std::string& profile : stack.profiles) command.insert(command.end(), {"--profile", profile});
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

FailedRun failed_run(const Stack& stack, const std::string& word, const engine::ProcessResult& result, std::string printed) {
  return {.shown = stack.tool.shown() + " " + word, .how = describe(result), .printed = std::move(printed), .file = stack.file, .project = stack.project};
}

Task<engine::Error> error_of_container(engine::StageContext& context, Container container, std::string what) {
  std::vector<std::string> logs = {"docker", "logs", "--tail", log_lines_shown, container.id};
  Task<Result<container::Answer>> asking = container::ask(context, std::move(logs));
  const Result<container::Answer> answer = co_await asking;
  std::string printed;
  for (const std::string& line : container::lines_of(answer ? answer->output + "\n" + answer->errors : "")) printed += (printed.empty() ? "" : "\n") + line;
  std::string shows = "`docker logs " + container.name + "` shows all that it printed";
  if (!context.inputs().boolean("keep")) shows = "it goes with the run: `keep = true` leaves it for `docker logs " + container.name + "`";
  co_return engine::Error{.message = "service `" + container.service + "` " + what, .hint = printed.empty() ? "it has printed nothing" : shows, .detail = printed};
}

bool is_about_a_dependency(const std::string& printed) {
  constexpr std::array signs = {"is unhealthy", "exited with code", "exited (", "didn't complete successfully", "dependency failed to start"};
  return std::any_of(signs.begin(), signs.end(), [&](const char* sign) { return printed.find(sign) != std::string::npos; });
}

const Container* first_failed(const std::vector<Container>& containers) {
  const auto failed = std::find_if(containers.begin(), containers.end(), [](const Container& container) {
    return container.state != "created" && standing_of(container, Wanted::healthy).is == Standing::Is::failed;
  });
  return failed == containers.end() ? nullptr : &*failed;
}

/// What Compose says, with what the engine knows of the containers: which of them could not be started, and where Compose gave
/// up on a service that others wait for, what that one printed.
Task<engine::Error> error_of_up(engine::StageContext& context, const Stack& stack, Finished finished) {
  if (auto error = container::unreachable(finished.printed, context.environment())) co_return *error;
  FailedRun run = failed_run(stack, "up", finished.result, finished.printed);
  std::string project = stack.project;
  Task<Result<std::vector<Container>>> looking = containers_of(context, std::move(project));
  const Result<std::vector<Container>> containers = co_await looking;
  if (!containers) co_return error_of(run);
  if (const Container* failed = first_failed(*containers); failed != nullptr && is_about_a_dependency(finished.printed)) {
    Container container = *failed;
    std::string what = standing_of(container, Wanted::healthy).text;
    Task<engine::Error> telling = error_of_container(context, std::move(container), std::move(what));
    co_return co_await telling;
  }
  const auto not_started = std::find_if(containers->begin(), containers->end(), [&](const Container& container) {
    return !container.start_error.empty() && finished.printed.find(container.start_error) != std::string::npos;
  });
  if (not_started != containers->end()) run.service = not_started->service;
  co_return error_of(run);
}

struct Look {
  std::vector<Container> containers;  // those that are waited for
  std::string waiting;                // "db is starting, web is starting"
  const Container* failed = nullptr;
  std::string failure;
};

void judge(Look& look, Wanted wanted) {
  for (const Container& container : look.containers) {
    const Standing standing = standing_of(container, wanted);
    if (standing.is == Standing::Is::waiting) look.waiting += (look.waiting.empty() ? "" : ", ") + container.service + " " + standing.text;
    if (standing.is != Standing::Is::failed || look.failed != nullptr) continue;
    look.failed = &container;
    look.failure = standing.text;
  }
}

}  // namespace

Task<Result<Stack>> find_stack(engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  if (auto fine = check_file(inputs); !fine) co_return tl::unexpected(fine.error());
  const auto project = project_of(context);
  if (!project) co_return tl::unexpected(project.error());
  Stack stack{.tool = {}, .endpoint = "", .project = *project, .file = inputs.text("file"), .profiles = inputs.texts("profiles"), .services = inputs.texts("services"), .builds = inputs.boolean("build")};
  if (auto fine = check_names(stack.services, "service"); !fine) co_return tl::unexpected(fine.error());
  if (auto fine = check_names(stack.profiles, "profile"); !fine) co_return tl::unexpected(fine.error());
  Task<Result<std::string>> looking = container::docker_endpoint(context);
  const Result<std::string> endpoint = co_await looking;
  if (!endpoint) co_return tl::unexpected(endpoint.error());
  stack.endpoint = *endpoint;
  Task<Result<Tool>> finding = find_tool(context);
  const Result<Tool> tool = co_await finding;
  if (!tool) co_return tl::unexpected(tool.error());
  stack.tool = *tool;
  co_return stack;
}

Task<Result<std::vector<std::string>>> services_of(engine::StageContext& context, const Stack& stack) {
  std::vector<std::string> command = command_of(stack, {"config", "--services"});
  Task<Result<container::Answer>> asking = container::ask(context, std::move(command));
  const Result<container::Answer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->result.success()) {
    for (const std::string& line : container::lines_of(answer->errors)) context.log(line);
    co_return tl::unexpected(error_of(failed_run(stack, "config", answer->result, answer->errors)));
  }
  if (!stack.services.empty()) co_return stack.services;
  co_return container::lines_of(answer->output);
}

Result<void> take_away_at_end(engine::StageContext& context, const Stack& stack) {
  engine::Closing closing{.name = "compose-" + stack.project, .what = "the Compose project `" + stack.project + "`", .command = removal_command(stack.tool, {.project = stack.project})};
  for (const auto& [name, value] : context.environment()) {
    if (name == "PATH" || name.starts_with("DOCKER_")) closing.environment.emplace_back(name, value);
  }
  return context.at_end(std::move(closing));
}

Task<Result<bool>> bring_up(engine::StageContext& context, const Stack& stack) {
  std::vector<std::string> words = {"up", "--detach"};
  if (stack.builds) words.emplace_back("--build");
  words.insert(words.end(), stack.services.begin(), stack.services.end());
  std::vector<std::string> command = command_of(stack, std::move(words));
  // Two at once would make the same containers; a network of two is one too many.
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared("compose-" + stack.project);
  const Result<std::shared_ptr<void>> lock = co_await locking;
  if (!lock) co_return tl::unexpected(lock.error());
  Task<Result<Finished>> running = run_tool(context, std::move(command), {});
  const Result<Finished> finished = co_await running;
  if (!finished) co_return tl::unexpected(finished.error());
  if (finished->result.success()) co_return true;
  Finished failed = *finished;
  Task<engine::Error> telling = error_of_up(context, stack, std::move(failed));
  co_return tl::unexpected(co_await telling);
}

Task<Result<std::vector<Container>>> wait_for(engine::StageContext& context, const Stack& stack, std::vector<std::string> services, Wanted wanted) {
  std::string told;
  for (engine::Milliseconds pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    std::string project = stack.project;
    Task<Result<std::vector<Container>>> looking = containers_of(context, std::move(project));
    Result<std::vector<Container>> containers = co_await looking;
    if (!containers) co_return tl::unexpected(containers.error());
    std::erase_if(*containers, [&](const Container& container) { return std::find(services.begin(), services.end(), container.service) == services.end(); });
    Look look{.containers = std::move(*containers), .waiting = "", .failed = nullptr, .failure = ""};
    judge(look, wanted);
    if (look.failed != nullptr) {
      Container failed = *look.failed;
      std::string what = look.failure;
      Task<engine::Error> telling = error_of_container(context, std::move(failed), std::move(what));
      co_return tl::unexpected(co_await telling);
    }
    if (look.waiting.empty()) co_return look.containers;
    context.progress(look.waiting);
    // So that a timeout shows what it was waited for.
    if (look.waiting != std::exchange(told, look.waiting)) context.log("waiting: " + look.waiting);
    Task<bool> sleeping = context.sleep(pause);
    co_await sleeping;
    if (context.stopping()) co_return engine::failure("the step was stopped, while " + look.waiting);
  }
}

}  // namespace sdlrun::stages::compose
