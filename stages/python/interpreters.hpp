// The programs that environments are made with: a Python of the wanted version, and uv.
#pragma once

#include <filesystem>
#include <string>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

struct Interpreter {
  std::filesystem::path program;
  std::string version;  // "3.11"
};

/// A Python of the wanted version ("3.11"; empty: any). The error says which versions this machine has instead.
engine::Task<engine::Result<Interpreter>> find_python(engine::StageContext& context, std::string wanted);

/// uv, which is some times as fast as pip. Where it is not installed, it is put into the shared cache once; empty where
/// that is not possible.
engine::Task<std::filesystem::path> find_uv(engine::StageContext& context, std::filesystem::path python);

/// Runs a program; where a file is named its standard output goes there, and nothing to the step's log.
engine::Task<engine::Result<engine::ProcessResult>> run_tool(engine::StageContext& context, std::vector<std::string> command,
                                                             std::filesystem::path output = {});

/// A file in a folder that says that the folder was made to its end.
inline constexpr const char* complete_marker = ".sdlrun-complete";

}  // namespace sdlrun::stages
