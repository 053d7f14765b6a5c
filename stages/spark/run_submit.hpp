// One spark-submit on this machine, watched.
#pragma once

#include <cstdint>
#include <string>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// Runs spark-submit to its end, and tells how far Spark is meanwhile, after `what`. `ui_port`: of the driver's API; 0: not known.
engine::Task<engine::Result<engine::ProcessResult>> run_submit(engine::StageContext& context, engine::ProcessRequest request, std::uint16_t ui_port, std::string what);

}  // namespace sdlrun::stages
