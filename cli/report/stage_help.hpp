// What stages take and give, from their schemas: for the terminal, and as docs/stages.md.
#pragma once

#include <string>

#include "cli/terminal/style.hpp"
#include "dsl/stage_schema/stage_schema.hpp"

namespace sdlrun::cli {

/// What the word `external` of a schema means for users.
/// Of stages whose steps take `on`.
inline constexpr std::string_view elsewhere_sentence = "Can run elsewhere: `with { on = jobs.jobs, image = \"…\" }`, where `step jobs = kubernetes.jobs { … }`.";
inline constexpr std::string_view external_sentence =
    "External: it has things done beyond this machine, each once, and its results are never shared between machines.";

/// One stage: what it does, its inputs with type, default and doc, its outputs, an example.
std::string stage_help(const dsl::StageSchema& schema, const Style& style, std::size_t columns);

/// A line a stage, by family. Only those of `family` where it is not empty.
std::string stage_list(const dsl::StageSchemas& schemas, std::string_view family, const Style& style, std::size_t columns);

std::string stage_json(const dsl::StageSchema& schema);
std::string stages_json(const dsl::StageSchemas& schemas);

/// docs/stages.md.
std::string stages_markdown(const dsl::StageSchemas& schemas);

}  // namespace sdlrun::cli
