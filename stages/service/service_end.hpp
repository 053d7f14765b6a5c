// What the stages of services share: their names, and how one is ended.
#pragma once

#include <string>

#include "engine/process/service.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// Of one name in one project; an error where the name is none.
engine::Result<std::string> service_identity(const engine::StageContext& context, const std::string& name);

/// Two engines may mean the same service: held while one looks and acts.
engine::Task<engine::Result<std::shared_ptr<void>>> lock_service(engine::StageContext& context, std::string identity);

/// Asks it to end, and kills what is left of it ten seconds later. Gives whether all of it is gone.
engine::Task<bool> end_service(engine::StageContext& context, engine::ServiceProcess service);

inline constexpr const char* service_name_doc = "What it is called in this project: letters, digits, `-`, `_` and `.`.";

}  // namespace sdlrun::stages
