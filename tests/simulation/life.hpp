// One life of an engine on a disk that outlives it: state and store are opened, the pipeline runs, both are closed; or
// all of it ends in the middle.
#pragma once

#include <memory>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "jobs.hpp"
#include "stages.hpp"

namespace sdlrun::simulation {

/// What lives of one scenario share.
struct Stand {
  const Scenario& scenario;
  std::shared_ptr<engine::FakeFiles> disk;
  const engine::StageSet& stages;
  Workshop& workshop;
  JobService& jobs;
  Findings& findings;
};

struct LifeResult {
  std::vector<std::optional<engine::StepOutcome>> outcomes;  // by the scenario's steps; empty where nothing could begin
  std::size_t started = 0;   // programs and downloads
  std::size_t changes = 0;   // of the disk
};

/// `number` counts lives from 0: each begins an hour after the one before.
LifeResult live(const Stand& stand, dsl::Pipeline& pipeline, std::size_t number);

}  // namespace sdlrun::simulation
