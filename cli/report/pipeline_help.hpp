// What a pipeline's file offers: its doc, params, steps and outputs.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal/style.hpp"
#include "dsl/check/program.hpp"

namespace sdlrun::cli {

struct PipelineHelp {
  std::string file;
  dsl::PipelineSignature signature;
  std::vector<std::string> outputs;
};

std::string pipeline_help_text(const PipelineHelp& help, const Style& style, std::size_t columns);
std::string pipeline_help_json(const PipelineHelp& help);

/// The names of the pipeline's outputs and of the pipeline itself, by reading alone: also of a file that has mistakes.
struct PipelineNames {
  std::string pipeline;
  std::vector<std::string> outputs;
};
PipelineNames names_in_file(const std::filesystem::path& file);

}  // namespace sdlrun::cli
