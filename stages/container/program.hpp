// Programs that have to do with containers: quiet questions to them, and what is said where one is not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::container {

struct Answer {
  engine::ProcessResult result;
  std::string output;
  std::string errors;

  bool is_installed() const { return result.exit_code != 127; }
};

/// Runs a program for its answer: neither log nor terminal show what it prints. One at a time in a step.
engine::Task<engine::Result<Answer>> ask(engine::StageContext& context, std::vector<std::string> command);

/// For people: "Docker" of `docker`; the program itself where it is not known here.
std::string title_of(std::string_view program);

/// It is not on the PATH: the hint says how to install it.
engine::Error not_installed(std::string_view program);

}  // namespace sdlrun::stages::container
