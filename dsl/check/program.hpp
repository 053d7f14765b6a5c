// From files to a pipeline: load what is used, check all of it, bind the parameters.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "dsl/functions/looks.hpp"
#include "dsl/source/source.hpp"
#include "dsl/stage_schema/stage_schema.hpp"

namespace sdlrun::dsl {

/// A checked file with everything it uses. Opaque to others: open_pipeline makes a Pipeline of it.
class Program;

/// Reads, parses and checks a file and, by `use`, others. Nothing where it could not be read or has errors; warnings may
/// be added in any case. Touches nothing but the files it reads.
std::shared_ptr<const Program> load_program(Sources& sources, const std::filesystem::path& path,
                                            const StageSchemas& schemas, Diagnostics& diagnostics);

/// The texts that it was made of.
std::vector<const SourceFile*> source_files(const Program& program);
/// What else was seen of the disk, up to now: values that are known late may look again.
std::vector<Look> looks_taken(const Program& program);

/// Where something was given: bytes of a file's text.
struct GivenPlace {
  std::filesystem::path file;
  std::shared_ptr<const std::string> text;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// A param's value as text, from the command line (`epochs=5`) or from a profile of sdl.yaml.
struct GivenParam {
  std::string text;
  PipelineParam::Source source = PipelineParam::Source::command_line;
  /// What a path in the text is relative to; empty: the current folder.
  std::filesystem::path directory = {};
  /// What messages point at; nothing: at the text itself.
  std::optional<GivenPlace> place = {};
};
using GivenParams = std::map<std::string, GivenParam>;

/// The program's pipeline with its parameters bound. Errors: an unknown or missing param, a value that does not fit, a
/// requirement that is already known to fail, a file that a param or input names and that does not exist. `pools` are those
/// of the project; the pipeline's own come before them.
std::optional<Pipeline> open_pipeline(Sources& sources, std::shared_ptr<const Program> program,
                                      const GivenParams& given, Diagnostics& diagnostics, const Pools& pools = {});

/// The params a program's pipeline takes, for help and completion, and the names of its steps.
struct PipelineSignature {
  std::string name;
  std::string doc;
  struct Param {
    std::string name;
    std::string type_text;
    std::string doc;
    std::string default_text;  // empty: must be given
  };
  std::vector<Param> params;
  std::vector<std::string> steps;
};
std::optional<PipelineSignature> signature(const Program& program);

}  // namespace sdlrun::dsl
