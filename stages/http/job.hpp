// http.job: a job at a service, started once and followed to its end.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> http_job_stage();

}  // namespace sdlrun::stages
