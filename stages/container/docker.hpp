// The Docker engine, as its client `docker` reaches it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::container {

/// The output of `docker ARGUMENTS`, asked quietly; where it fails, the error says what the engine said.
engine::Task<engine::Result<std::string>> ask_docker(engine::StageContext& context, std::vector<std::string> arguments);

struct DockerVersions {
  std::string client;
  std::string engine;
};
/// Fails with what to do where there is no client, or no engine answers.
engine::Task<engine::Result<DockerVersions>> docker_versions(engine::StageContext& context);

/// Where the engine is: "unix:///var/run/docker.sock". Fails as `docker_versions`.
engine::Task<engine::Result<std::string>> docker_endpoint(engine::StageContext& context);

/// What a client that has failed says of the way to the engine; nothing where it is about something else.
std::optional<engine::Error> unreachable(std::string_view printed, const engine::Environment& environment);

/// The host that published ports are to be looked for at: "127.0.0.1" for an engine on this machine.
std::string host_of(std::string_view endpoint);

}  // namespace sdlrun::stages::container
