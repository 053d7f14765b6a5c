// Running a program of the user's as a step: what `exec.run`, `shell.run` and `spark.submit` share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// The path that a file is to have in the step's folder. One that leaves the folder is an error.
engine::Result<std::filesystem::path> place_in_folder(const std::string& name);

/// Places files and folders into the step's folder, by the names that they are to have there. A name that leaves the folder
/// is an error.
engine::Result<void> place_files(const engine::StageContext& context, const dsl::Value& files);
/// The same into another folder.
engine::Result<void> place_files(const std::filesystem::path& folder, const dsl::Value& files);

/// Where the program's standard output is kept, if an output of the step is taken from it (`at stdout`).
std::optional<std::filesystem::path> standard_output_file(const engine::StageContext& context);

/// Runs a command in the step's folder and takes the declared outputs. `shown` is what messages call it.
engine::Task<engine::Result<engine::StageOutputs>> run_user_program(engine::StageContext& context, std::vector<std::string> command, std::string shown);

/// The error for a program that did not succeed, with what to look at.
engine::Error program_failed(const std::string& shown, const engine::ProcessResult& result);

}  // namespace sdlrun::stages
