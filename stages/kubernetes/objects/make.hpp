// Objects that are made once, under a name that says whose they are.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

/// True: made now. False: one of that name was there.
engine::Task<engine::Result<bool>> make(Client& client, Resource resource, nlohmann::json object);

/// 40 hexadecimal digits by the kernel's random numbers.
std::string random_token();

}  // namespace sdlrun::stages::kubernetes
