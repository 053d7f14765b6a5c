#include "stages/container/docker.hpp"

#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages::container {

using engine::Result;
using engine::Task;

namespace {

/// As the user has said it, else as the client names it in its message.
std::string place_of_engine(std::string_view printed, const engine::Environment& environment) {
  if (const std::string host = variable(environment, "DOCKER_HOST"); !host.empty()) return "the Docker engine at `" + host + "`";
  for (const std::string_view scheme : {"unix://", "tcp://", "ssh://"}) {
    const std::size_t begin = printed.find(scheme);
    if (begin == std::string_view::npos) continue;
    std::string place(printed.substr(begin, printed.find_first_of(" \n\";", begin) - begin));
    while (place.ends_with('.') || place.ends_with(':')) place.pop_back();
    return "the Docker engine at `" + place + "`";
  }
  return "the Docker engine";
}

}  // namespace

Task<Result<std::string>> ask_docker(engine::StageContext& context, std::vector<std::string> arguments) {
  const std::string shown = arguments.empty() ? "docker" : "docker " + arguments.front();
  arguments.insert(arguments.begin(), "docker");
  Task<Result<Answer>> asking = ask(context, std::move(arguments));
  const Result<Answer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->result.success()) co_return answer->output;
  if (!answer->is_installed()) co_return tl::unexpected(not_installed("docker"));
  if (auto error = unreachable(answer->errors, context.environment())) co_return tl::unexpected(std::move(*error));
  const std::string last = last_line(answer->errors);
  co_return engine::failure("`" + shown + "` ended with " + describe(answer->result) + (last.empty() ? "" : ": " + last), "", answer->errors);
}

Task<Result<DockerVersions>> docker_versions(engine::StageContext& context) {
  std::vector<std::string> question = {"version", "--format", "{{.Client.Version}}\n{{.Server.Version}}"};
  Task<Result<std::string>> asking = ask_docker(context, std::move(question));
  const Result<std::string> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  std::vector<std::string> lines = lines_of(*answer);
  lines.resize(2);
  co_return DockerVersions{.client = lines[0], .engine = lines[1]};
}

Task<Result<std::string>> docker_endpoint(engine::StageContext& context) {
  Task<Result<DockerVersions>> asking = docker_versions(context);
  if (const Result<DockerVersions> answer = co_await asking; !answer) co_return tl::unexpected(answer.error());
  std::vector<std::string> endpoint = {"context", "inspect", "--format", "{{.Endpoints.docker.Host}}"};
  Task<Result<std::string>> looking = ask_docker(context, std::move(endpoint));
  const Result<std::string> found = co_await looking;
  if (!found) co_return tl::unexpected(found.error());
  co_return last_line(*found);
}

std::optional<engine::Error> unreachable(std::string_view printed, const engine::Environment& environment) {
  const auto says = [&](std::string_view text) { return printed.find(text) != std::string_view::npos; };
  const std::string place = place_of_engine(printed, environment);
  const bool is_chosen = !variable(environment, "DOCKER_HOST").empty() || !variable(environment, "DOCKER_CONTEXT").empty();
  if (says("permission denied while trying to connect")) {
    return engine::Error{.message = place + " does not let this user in",
                         .hint = "`sudo usermod -aG docker $USER` lets you, once you have logged in again; whoever may use Docker is as good as root"};
  }
  if (says("Cannot connect to the Docker daemon") || says("failed to connect to the docker API") || says("error during connect")) {
    return engine::Error{.message = place + " does not answer",
                         .hint = is_chosen ? "is it running there? DOCKER_HOST and DOCKER_CONTEXT say where it is" : "start it (`sudo systemctl start docker`), or say where it is with DOCKER_HOST",
                         .detail = last_line(printed)};
  }
  if (says("unable to parse docker host") || says("unable to resolve docker endpoint") || (says("context \"") && says("not found"))) {
    return engine::Error{.message = "Docker's client does not know where its engine is: " + last_line(printed), .hint = "mend DOCKER_HOST or DOCKER_CONTEXT"};
  }
  return std::nullopt;
}

std::string host_of(std::string_view endpoint) {
  const std::size_t scheme = endpoint.find("://");
  if (scheme == std::string_view::npos || endpoint.starts_with("unix:") || endpoint.starts_with("fd:") || endpoint.starts_with("npipe:")) return "127.0.0.1";
  std::string_view host = endpoint.substr(scheme + 3);
  host = host.substr(0, host.find('/'));
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  return std::string(host.substr(0, host.find(':')));
}

}  // namespace sdlrun::stages::container
