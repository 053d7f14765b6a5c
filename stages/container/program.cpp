#include "stages/container/program.hpp"

#include <algorithm>
#include <array>

namespace sdlrun::stages::container {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

struct Program {
  std::string_view name;
  std::string_view title;
  std::string_view installed_by;
};
constexpr std::array<Program, 6> programs = {{{"docker", "Docker", "`apt-get install docker.io` on Debian and Ubuntu, or see https://docs.docker.com/engine/install"},
                                              {"podman", "Podman", "apt-get install podman"},
                                              {"buildah", "Buildah", "apt-get install buildah"},
                                              {"ctr", "containerd", "apt-get install containerd"},
                                              {"minikube", "minikube", "https://minikube.sigs.k8s.io/docs/start says how to install it"},
                                              {"kind", "kind", "https://kind.sigs.k8s.io/docs/user/quick-start says how to install it"}}};

Program program_of(std::string_view name) {
  const auto found = std::find_if(programs.begin(), programs.end(), [&](const Program& one) { return one.name == name; });
  return found == programs.end() ? Program{name, name, {}} : *found;
}

}  // namespace

Task<Result<Answer>> ask(engine::StageContext& context, std::vector<std::string> command) {
  const fs::path output = context.scratch_directory() / "answer";
  const fs::path errors = context.scratch_directory() / "answer-errors";
  engine::ProcessRequest request;
  request.command = {"/bin/sh", "-c", R"(umask 077; exec > "$1" 2> "$2"; shift 2; exec "$@")", "sh", output.string(), errors.string()};
  request.command.insert(request.command.end(), command.begin(), command.end());
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  Answer answer{.result = result.value_or(engine::ProcessResult{}),
                .output = context.world().files.read(output).value_or(""),
                .errors = context.world().files.read(errors).value_or("")};
  for (const fs::path& file : {output, errors}) static_cast<void>(context.world().files.remove(file));
  if (!result) co_return tl::unexpected(result.error());
  co_return answer;
}

std::string title_of(std::string_view program) { return std::string(program_of(program).title); }

engine::Error not_installed(std::string_view program) {
  return {.message = title_of(program) + " is not installed: there is no `" + std::string(program) + "` on the PATH", .hint = std::string(program_of(program).installed_by)};
}

}  // namespace sdlrun::stages::container
