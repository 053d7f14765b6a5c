// Objects that are made once, under a name that says whose they are.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

/// True: made now. False: one of that name was there.
engine::Task<engine::Result<bool>> make(Client& client, Resource resource, nlohmann::json object);

/// From now on the object `name` goes with `owner`, which is as the API server has it. One that is gone is no mistake.
engine::Task<engine::Result<bool>> give_to(Client& client, Resource resource, std::string name, nlohmann::json owner);

/// 40 hexadecimal digits by the kernel's random numbers.
std::string random_token();

}  // namespace sdlrun::stages::kubernetes
