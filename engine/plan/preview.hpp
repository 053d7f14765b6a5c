// What a step would change outside, asked for the plan: some seconds in all, without a slot, a folder or a log.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/run/workers.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

/// Lines such as a difference has them; none: nothing would change.
using Preview = Result<std::vector<std::string>>;

struct PreviewSurroundings {
  World world;
  std::string pipeline = {};
  Environment user_environment = {};
  std::filesystem::path project_root = {};
  std::filesystem::path state_folder = {};
  std::filesystem::path shared_cache_directory = {};
  /// For all of a plan's steps together.
  Milliseconds patience{10'000};
};

/// Used from one thread.
class Previewer {
 public:
  explicit Previewer(PreviewSurroundings surroundings);

  /// Waits for the stage's answer. The error says why there is none.
  Preview ask(const Stage& stage, const dsl::Node& node, const dsl::Fields& inputs, const dsl::Fields& environment);

 private:
  PreviewSurroundings surroundings_;
  std::chrono::nanoseconds deadline_;
  Workers workers_;
};

}  // namespace sdlrun::engine
