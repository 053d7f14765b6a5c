#include "stages/compose/removal.hpp"

namespace sdlrun::stages::compose {

namespace {

/// What somebody else takes away at the same time has gone a moment later, and so have a network's last endpoints.
constexpr const char* by_labels = R"(set -u
of="label=com.docker.compose.project=$1"
remove() {
  containers=$(docker ps --all --filter "$of" --format '{{.Names}}') || exit
  if [ -n "$containers" ]; then
    docker stop $containers
    docker rm --force ${2:+--volumes} $containers || return
  fi
  networks=$(docker network ls --filter "$of" --format '{{.Name}}') || exit
  if [ -n "$networks" ]; then docker network rm $networks || return; fi
  if [ -n "${2-}" ]; then
    volumes=$(docker volume ls --filter "$of" --format '{{.Name}}') || exit
    if [ -n "$volumes" ]; then docker volume rm $volumes || return; fi
  fi
}
for pause in 1 2 4 0; do
  remove "$@" && exit
  code=$?
  /bin/sleep $pause
done
exit $code
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
