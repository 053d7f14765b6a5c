// Following a step's Job: its Pod, its log, and what keeps it from starting.
#pragma once

#include <filesystem>
#include <string>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/jobs/job_object.hpp"

namespace sdlrun::stages::kubernetes {

/// Until it has ended, or cannot start. The program's output is the step's log.
engine::Task<engine::Result<engine::OutsideEnd>> follow_job(Client& client, const JobDescription& description, std::string job);

}  // namespace sdlrun::stages::kubernetes
