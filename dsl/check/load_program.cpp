#include <algorithm>

#include "dsl/check/body_checker.hpp"
#include "dsl/check/loader.hpp"
#include "dsl/check/program.hpp"

namespace sdlrun::dsl {

namespace {

void check_module(Program& program, LoadedModule& module, Diagnostics& diagnostics) {
  TypeResolver types(&program, module, diagnostics);
  for (const auto& [name, declaration] : module.types) types.resolve(declaration->type);
  for (const auto& [name, body] : module.stages) ensure_checked(program, *body, body->name.span, diagnostics);
  if (module.pipeline) ensure_checked(program, *module.pipeline, module.pipeline->name.span, diagnostics);
}

/// The text of a default as it was written.
std::string written(const Program& program, const LoadedModule& module, std::optional<ExpressionId> expression) {
  return expression ? std::string(program.sources.text(module.tree[*expression].span)) : std::string();
}

}  // namespace

std::shared_ptr<const Program> load_program(Sources& sources, const std::filesystem::path& path, const StageSchemas& schemas, Diagnostics& diagnostics) {
  auto program = std::make_shared<Program>(sources, schemas);
  if (Loader(*program, diagnostics).load(path, std::nullopt) == nullptr) return nullptr;
  for (LoadedModule& module : program->modules) check_module(*program, module, diagnostics);
  return diagnostics.has_errors() ? nullptr : program;
}

std::vector<const SourceFile*> source_files(const Program& program) {
  std::vector<const SourceFile*> files;
  for (const LoadedModule& module : program.modules) files.push_back(&program.sources.file(module.tree.file()));
  return files;
}

std::vector<Look> looks_taken(const Program& program) { return program.looks.all(); }

std::optional<PipelineSignature> signature(const Program& program) {
  const LoadedModule& module = program.modules.front();
  if (!module.pipeline) return std::nullopt;
  PipelineSignature result;
  result.name = module.pipeline->name.text;
  for (const Declaration& declaration : module.tree.declarations) {
    if (const auto* pipeline = std::get_if<PipelineDeclaration>(&declaration)) result.doc = pipeline->doc;
  }
  for (const Item& item : *module.pipeline->items) {
    if (const auto* step = std::get_if<StepDeclaration>(&item)) result.steps.emplace_back(step->name.text);
    const auto* param = std::get_if<ParamDeclaration>(&item);
    if (param == nullptr) continue;
    result.params.push_back({std::string(param->name.text), std::string(program.sources.text(module.tree[param->type].span)), param->doc, written(program, module, param->default_value)});
  }
  return result;
}

}  // namespace sdlrun::dsl
