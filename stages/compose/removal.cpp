#include "stages/compose/removal.hpp"

namespace sdlrun::stages::compose {

namespace {

constexpr const char* by_labels = R"(set -eu
of="label=com.docker.compose.project=$1"
containers=$(docker ps --all --filter "$of" --format '{{.Names}}')
if [ -n "$containers" ]; then
  docker stop $containers
  docker rm --force ${2:+--volumes} $containers
fi
networks=$(docker network ls --filter "$of" --format '{{.Name}}')
if [ -n "$networks" ]; then docker network rm $networks; fi
if [ -n "${2-}" ]; then
  volumes=$(docker volume ls --filter "$of" --format '{{.Name}}')
  if [ -n "$volumes" ]; then docker volume rm $volumes; fi
fi
)";

}  // namespace

std::vector<std::string> removal_command(const std::optional<Tool>& tool, const Removal& removal) {
  std::vector<std::string> command;
  if (!tool || tool->is_v1) {
    command = {"/bin/sh", "-c", by_labels, "sh", removal.project};
    if (removal.takes_volumes) command.emplace_back("volumes");
    return command;
  }
  command = tool->command;
  command.insert(command.end(), {"--project-name", removal.project, "down", "--remove-orphans"});
  if (removal.takes_volumes) command.emplace_back("--volumes");
  return command;
}

}  // namespace sdlrun::stages::compose
