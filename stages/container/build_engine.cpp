#include "stages/container/build_engine.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

#include "dsl/values/line_pattern.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/program.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages::container {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

constexpr std::array<const char*, 3> build_programs = {"docker", "podman", "buildah"};

std::size_t index(EngineKind kind) { return static_cast<std::size_t>(kind); }

/// The last client that speaks to BuildKit by itself.
constexpr int last_client_with_buildkit = 22;

Task<Result<ContainerEngine>> find_docker(engine::StageContext& context, bool with_build_secrets) {
  Task<Result<DockerVersions>> asking = docker_versions(context);
  const Result<DockerVersions> versions = co_await asking;
  if (!versions) co_return tl::unexpected(versions.error());
  ContainerEngine found{.kind = EngineKind::docker, .version = versions->engine};
  const int client = std::atoi(versions->client.c_str());
  std::vector<std::string> plugin = {"docker", "buildx", "version"};
  Task<Result<Answer>> looking = ask(context, std::move(plugin));
  const Result<Answer> buildx = co_await looking;
  const std::string chosen = variable(context.environment(), "DOCKER_BUILDKIT");
  found.has_buildx = buildx && buildx->result.success() && chosen != "0";
  found.has_buildkit = found.has_buildx || (client > 0 && client <= last_client_with_buildkit && chosen != "0");
  if (with_build_secrets && !found.has_buildkit) {
    co_return engine::failure("Docker's classic builder has no build secrets, and its client here finds no BuildKit", "install its plugin `buildx` (`apt-get install docker-buildx`), or Podman or Buildah, which have them");
  }
  co_return found;
}

Task<Result<ContainerEngine>> find_other(engine::StageContext& context, EngineKind kind) {
  std::vector<std::string> command = {build_programs[index(kind)], "--version"};
  Task<Result<Answer>> asking = ask(context, std::move(command));
  const Result<Answer> version = co_await asking;
  if (!version) co_return tl::unexpected(version.error());
  if (!version->is_installed()) co_return tl::unexpected(not_installed(build_programs[index(kind)]));
  if (!version->result.success()) co_return engine::failure(std::string("`") + build_programs[index(kind)] + " --version` ended with " + describe(version->result), "does it work in a terminal?", version->errors);
  co_return ContainerEngine{.kind = kind, .version = dsl::last_match(version->output, R"(version (\d\S*))").value_or("")};
}

}  // namespace

std::string ContainerEngine::program() const { return build_programs[index(kind)]; }

std::string ContainerEngine::title() const {
  const std::string name = title_of(program()) + (version.empty() ? "" : " " + version);
  if (kind != EngineKind::docker) return name;
  return name + (has_buildkit ? " with BuildKit" : " with its classic builder");
}

engine::Environment ContainerEngine::environment(engine::StageContext& context) const {
  engine::Environment environment = context.environment();
  if (kind == EngineKind::docker) {
    set_variable(environment, "DOCKER_BUILDKIT", has_buildkit ? "1" : "0");
    return environment;
  }
  // They fail where Docker's folder is named and nobody has logged in yet.
  const std::string folder = variable(environment, "DOCKER_CONFIG");
  std::error_code code;
  if (!folder.empty() && !fs::exists(fs::path(folder) / "config.json", code)) std::erase_if(environment, [](const auto& one) { return one.first == "DOCKER_CONFIG"; });
  return environment;
}

Task<Result<ContainerEngine>> find_build_engine(engine::StageContext& context, EngineWish wish) {
  std::string reasons;
  engine::Error last;
  for (const EngineKind kind : {EngineKind::docker, EngineKind::podman, EngineKind::buildah}) {
    if (wish.name != "any" && wish.name != build_programs[index(kind)]) continue;
    Task<Result<ContainerEngine>> finding = kind == EngineKind::docker ? find_docker(context, wish.with_build_secrets) : find_other(context, kind);
    Result<ContainerEngine> found = co_await finding;
    if (found) {
      if (!reasons.empty()) context.log(reasons);
      context.log("built with " + found->title());
      co_return found;
    }
    last = found.error();
    reasons += (reasons.empty() ? "" : "\n") + last.message + (last.hint.empty() ? "" : " (" + last.hint + ")");
  }
  if (wish.name != "any") co_return tl::unexpected(last);
  co_return engine::failure("no container engine is here that could build a Dockerfile", "install one of them: `apt-get install podman` is enough", reasons);
}

}  // namespace sdlrun::stages::container
