// A pipeline opened from text, for tests of what it unfolds into.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"

namespace sdlrun::dsl {

/// A file in a folder of its own, opened with one stage, `test.run { input: string }` with declared outputs.
struct Opened {
  explicit Opened(const std::string& text, const GivenParams& given = {}) {
    schema = StageSchemaBuilder("test", "run", "A stage for tests.").input("input", "string", "Anything.", "\"\"").takes_outputs_clause().build();
    schemas.add(schema);
    const auto path = std::filesystem::temp_directory_path() / ("sdlrun-pipeline-test-" + std::to_string(getpid()) + ".sdl");
    std::ofstream(path) << text;
    const auto program = load_program(sources, path, schemas, diagnostics);
    if (program) pipeline = open_pipeline(sources, program, given, diagnostics);
    std::filesystem::remove(path);
    INFO(diagnostics_text(sources, diagnostics));
    CHECK_FALSE(diagnostics.has_errors());
    REQUIRE(pipeline.has_value());
  }

  std::vector<std::string> names(const std::vector<NodeId>& nodes) const {
    std::vector<std::string> result;
    for (const NodeId node : nodes) result.push_back((*pipeline)[node].name);
    return result;
  }
  const Node& node(std::string_view name) const { return (*pipeline)[pipeline->find(name).at(0)]; }

  StageSchema schema;
  StageSchemas schemas;
  Sources sources;
  Diagnostics diagnostics;
  std::optional<Pipeline> pipeline;
};

using Names = std::vector<std::string>;

}  // namespace sdlrun::dsl
