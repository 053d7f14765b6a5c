// How a step's Job has ended, by what its Pod says.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/outside/outside_work.hpp"
#include "stages/kubernetes/jobs/job_object.hpp"

namespace sdlrun::stages::kubernetes {

/// The state of a container of the Pod, be it an init container: "terminated", "running", "waiting"; null where it has none of them.
/// It lies in `pod`.
const nlohmann::json& container_state(const nlohmann::json& pod, const std::string& container, const char* state);

/// Whether nothing more happens in the Pod.
bool has_ended(const nlohmann::json& pod);

/// `pod`: as it was last; null: somebody has deleted it, or its Job. `said`: the last words of a container that carries files, where
/// it was its fault.
engine::OutsideEnd job_end(const JobDescription& description, const nlohmann::json& pod, const std::string& said);

/// The container that carries files and has failed; empty: none has.
std::string failed_carrier(const nlohmann::json& pod);

}  // namespace sdlrun::stages::kubernetes
