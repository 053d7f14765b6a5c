// Waiting until a Pod runs.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/pods/trouble.hpp"

namespace sdlrun::stages::kubernetes {

/// Gives the Pod as it is when its containers run. The error says what keeps it from running; after `timeout` also what may pass by itself.
engine::Task<engine::Result<nlohmann::json>> await_running(Client& client, std::string space, std::string pod, std::string shown, engine::Milliseconds timeout, PodSettings settings = {});

}  // namespace sdlrun::stages::kubernetes
