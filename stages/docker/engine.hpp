// The container engine, as its client `docker` reaches it, and quiet questions to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::docker {

struct Answer {
  engine::ProcessResult result;
  std::string output;
  std::string errors;
};

/// Runs a program for its answer: neither log nor terminal show what it prints. One that is not installed has the exit
/// code 127. One at a time in a step.
engine::Task<engine::Result<Answer>> ask(engine::StageContext& context, std::vector<std::string> command);

/// The output of `docker ARGUMENTS`; where it fails, the error says what the engine said.
engine::Task<engine::Result<std::string>> ask_docker(engine::StageContext& context, std::vector<std::string> arguments);

/// Where the engine is: "unix:///var/run/docker.sock". Fails with what to do where there is no client, or no engine answers.
engine::Task<engine::Result<std::string>> find_engine(engine::StageContext& context);

/// What a client that has failed says of the way to the engine; nothing where it is about something else.
std::optional<engine::Error> unreachable(std::string_view printed, const engine::Environment& environment);

/// The host that published ports are to be looked for at: "127.0.0.1" for an engine on this machine.
std::string host_of(std::string_view endpoint);

}  // namespace sdlrun::stages::docker
