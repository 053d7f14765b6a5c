// Waiting until objects are ready, or gone, by watching them; and why they are not when time is up.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/kubernetes/objects/target.hpp"

namespace sdlrun::stages::kubernetes {

/// `now`: the objects as they were last seen, by Target::identity. True; an error where one has failed or time is up, with the
/// reasons that its Pods give.
engine::Task<engine::Result<bool>> wait_until_ready(Client& client, std::vector<Target> targets, std::map<std::string, nlohmann::json> now, engine::Milliseconds timeout);

/// An error where one of them is still there when time is up, with the finalizers that hold it.
engine::Task<engine::Result<bool>> wait_until_gone(Client& client, std::vector<Target> targets, engine::Milliseconds timeout);

/// Waits until `holds` says so of one object, which is null while it is not there. It is called from other threads, perhaps once more
/// after the step has ended. Gives the object as it was last seen.
struct Awaited {
  nlohmann::json object = {};
  bool holds = false;
};
engine::Task<engine::Result<Awaited>> wait_for(Client& client, Target target, std::function<bool(const nlohmann::json&)> holds, engine::Milliseconds timeout);

}  // namespace sdlrun::stages::kubernetes
