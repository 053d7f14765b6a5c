// Running a Python program of ours, such as stages/notebook/convert.py, in a Python environment: a request and an answer,
// each a JSON file (stages/python/program.py is the other side).
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/stage/stage.hpp"
#include "stages/python/environment.hpp"

namespace sdlrun::stages {

/// The values of a map or record as JSON.
nlohmann::json json_of(const dsl::Value& value);

/// Writes our Python programs below a hidden folder of the step's, and gives that folder (for PYTHONPATH).
engine::Result<std::filesystem::path> place_python_programs(const engine::StageContext& context);

/// `module` such as "stages.notebook.convert". Input that the program refuses is the Error, with the program's words.
engine::Task<engine::Result<nlohmann::json>> run_python_program(engine::StageContext& context, PythonEnvironment python, std::string module, nlohmann::json request);

}  // namespace sdlrun::stages
