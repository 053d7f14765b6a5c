// A pipeline's file read and checked, its project found, its params bound and its goals looked up: what most commands
// begin with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/messages.hpp"
#include "cli/pipeline_words.hpp"
#include "dsl/check/program.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/project/project.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::cli {

/// Its parts refer to each other: it stays where it was made.
struct OpenedPipeline {
  engine::StageSet stages;
  dsl::Sources sources;
  dsl::Diagnostics diagnostics;
  engine::Project project;
  std::shared_ptr<const dsl::Program> program;
  std::optional<dsl::PipelineSignature> signature;  // nothing where the file holds no pipeline
  dsl::Pipeline pipeline;
  bool is_bound = false;  // false with `check_only` alone: `pipeline` is empty
  std::vector<dsl::NodeId> goals;  // as named; empty: the pipeline's default goals
};

struct OpenRequest {
  PipelineWords words;
  std::string profile;
  /// Only what is wrong is asked for: a file without a pipeline, or one whose params are not all given, is no mistake.
  bool check_only = false;
};

/// Nothing where something is wrong, which then has been said; the exit code is `wrong_input`. Warnings are said too.
std::unique_ptr<OpenedPipeline> open_pipeline(const OpenRequest& request, const Messages& messages);

/// Whether stages find nothing wrong with what is known of their inputs; if they do, it has been said.
bool looks_good_ahead(const OpenedPipeline& opened, const Messages& messages);

/// Whether a pipeline's file is there; if not, what is wrong and which file may have been meant.
std::optional<engine::Error> missing_file(const std::string& file);

/// The node a name means, or several of a for-each or composite step; the error offers the nearest name.
engine::Result<std::vector<dsl::NodeId>> find_steps(const dsl::Pipeline& pipeline, const std::string& name);

}  // namespace sdlrun::cli
