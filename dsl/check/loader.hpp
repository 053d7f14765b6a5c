// Reads a file and, by `use`, the files and folders it names; declares their types and stages. Internal to dsl/.
#pragma once

#include <filesystem>
#include <unordered_map>
#include <vector>

#include "dsl/check/modules.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

class Loader {
 public:
  Loader(Program& program, Diagnostics& diagnostics) : program_(program), diagnostics_(diagnostics) {}

  /// The module of a file, read once. Nothing where it cannot be read: then the error is reported at `use`, or without a
  /// place where there is none.
  LoadedModule* load(const std::filesystem::path& path, std::optional<Span> use);

 private:
  void declare(LoadedModule& module);
  void declare_use(LoadedModule& module, const UseDeclaration& use);
  void declare_body(LoadedModule& module, const StageDeclaration& stage);
  void declare_pipeline(LoadedModule& module, const PipelineDeclaration& pipeline);
  std::optional<Name> alias_of(const LoadedModule& module, const UseDeclaration& use, const std::string& path);
  void error(std::string_view name, Span span, std::string message, std::string label, std::string hint, std::vector<RelatedPlace> related = {});

  Program& program_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, LoadedModule*> by_path_;
  std::vector<std::string> loading_;  // canonical paths, to find files that use each other
};

}  // namespace sdlrun::dsl
