// http.download: a file from a web server, verified.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> http_download_stage();

}  // namespace sdlrun::stages
