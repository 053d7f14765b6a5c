#include "dsl/check/loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "dsl/syntax/parser.hpp"
#include "dsl/values/path_problem.hpp"

namespace sdlrun::dsl {

namespace fs = std::filesystem;

namespace {

/// No pipeline is larger; this keeps a wrong file (a disk image, /dev/zero) from filling the memory.
constexpr std::uintmax_t largest_file = 1ULL << 30;

struct ReadFile {
  std::string text;
  std::string failure = {};  // empty: it was read
  std::string hint = {};     // empty: there is nothing there, and another file may be meant
};

ReadFile read_file(const fs::path& path) {
  if (const auto problem = path_problem(path)) return {"", problem->reason, problem->hint};
  std::error_code code;
  if (fs::is_directory(path, code)) return {"", "this is a folder", "name a file in it"};
  const std::uintmax_t size = fs::file_size(path, code);
  if (size > largest_file) return {"", "it is larger than 1 GiB", "is this a .sdl file?"};
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return {"", std::strerror(errno), "`ls -l` shows who may read it"};
  ReadFile result;
  result.text.resize(size);
  stream.read(result.text.data(), static_cast<std::streamsize>(size));
  result.text.resize(static_cast<std::size_t>(stream.gcount()));
  return result;
}

/// The nearest file beside a path that does not exist.
std::string nearest_beside(const fs::path& path) {
  std::error_code code;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path.has_parent_path() ? path.parent_path() : fs::path("."), code)) {
    if (entry.path().extension() == ".sdl") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const std::string nearest(nearest_name(path.filename().string(), {names.begin(), names.end()}));
  return nearest.empty() ? nearest : (path.parent_path() / nearest).string();
}

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); }) && !is_keyword(text);
}

}  // namespace

LoadedModule* Loader::load(const fs::path& path, std::optional<Span> use) {
  const std::string key = canonical_text(path);
  program_.looks.add({.kind = Look::Kind::canonical, .path = path.string(), .seen = key});
  if (const auto known = by_path_.find(key); known != by_path_.end()) {
    const bool circle = std::find(loading_.begin(), loading_.end(), key) != loading_.end();
    if (circle && use) error("use-circle", *use, "`" + path.string() + "` uses this file in turn", "the circle closes here", "move what both need into a third file");
    return known->second;
  }
  ReadFile read = read_file(path);
  const FileId file = program_.sources.add(path, std::move(read.text));
  if (!read.failure.empty()) {
    const std::string nearest = read.hint.empty() ? nearest_beside(path) : "";
    if (read.hint.empty()) read.hint = nearest.empty() ? "paths are relative to the file that writes them" : "did you mean `" + nearest + "`?";
    error("cannot-read", use.value_or(Span{file, 0, 0}), "cannot read `" + path.string() + "`: " + read.failure, "", read.hint);
    return nullptr;
  }
  program_.modules.emplace_back(parse_module(program_.sources, file, diagnostics_), &program_.looks);
  LoadedModule& module = program_.modules.back();
  std::error_code code;
  module.directory = fs::absolute(path, code).lexically_normal().parent_path();
  by_path_[key] = &module;
  loading_.push_back(key);
  declare(module);
  loading_.pop_back();
  return &module;
}

void Loader::declare(LoadedModule& module) {
  for (const Declaration& declaration : module.tree.declarations) {
    if (const auto* use = std::get_if<UseDeclaration>(&declaration)) declare_use(module, *use);
    if (const auto* stage = std::get_if<StageDeclaration>(&declaration)) declare_body(module, *stage);
    if (const auto* pipeline = std::get_if<PipelineDeclaration>(&declaration)) declare_pipeline(module, *pipeline);
    const auto* type = std::get_if<TypeDeclaration>(&declaration);
    if (type == nullptr) continue;
    const auto [earlier, is_new] = module.types.emplace(type->name.text, type);
    static constexpr std::string_view built_in[] = {"bool", "int", "float", "string", "duration", "size", "file", "dir", "enum", "secret"};
    if (std::find(std::begin(built_in), std::end(built_in), type->name.text) != std::end(built_in)) {
      error("built-in-type", type->name.span, "`" + std::string(type->name.text) + "` is a type of the language", "declared again", "give it another name");
    }
    if (!is_new) error("duplicate-name", type->name.span, "type `" + std::string(type->name.text) + "` is declared twice", "the second time", "give one of them another name", {{earlier->second->name.span, "the first one"}});
  }
}

void Loader::declare_body(LoadedModule& module, const StageDeclaration& stage) {
  auto body = std::make_unique<Body>();
  body->module = &module;
  body->items = &stage.items;
  body->name = stage.name;
  const auto [earlier, is_new] = module.stages.emplace(stage.name.text, std::move(body));
  if (!is_new) error("duplicate-name", stage.name.span, "stage `" + std::string(stage.name.text) + "` is declared twice", "the second time", "give one of them another name", {{earlier->second->name.span, "the first one"}});
}

void Loader::declare_pipeline(LoadedModule& module, const PipelineDeclaration& pipeline) {
  if (module.pipeline) {
    error("second-pipeline", pipeline.name.span, "a file holds one pipeline", "the second one", "move it to a file of its own", {{module.pipeline->name.span, "the first one"}});
    return;
  }
  module.pipeline = std::make_unique<Body>();
  module.pipeline->module = &module;
  module.pipeline->items = &pipeline.items;
  module.pipeline->name = pipeline.name;
  module.pipeline->is_pipeline = true;
}

std::optional<Name> Loader::alias_of(const LoadedModule& module, const UseDeclaration& use, const std::string& path) {
  const Span span = module.tree[use.path].span;
  if (use.alias) return use.alias;
  const std::string stem = fs::path(path).stem().string();
  const std::size_t at = program_.sources.text(span).find(stem);
  if (is_identifier(stem) && at != std::string_view::npos) return Name{program_.sources.text(span).substr(at, stem.size()), span};
  error("use-needs-name", span, "`" + stem + "` cannot be a name", "what is it to be called here?", "add `as name`");
  return std::nullopt;
}

void Loader::declare_use(LoadedModule& module, const UseDeclaration& use) {
  const Span span = module.tree[use.path].span;
  const auto* literal = std::get_if<StringLiteral>(&module.tree[use.path].node);
  if (literal == nullptr) return;  // the parser reported it
  if (literal->text.empty()) {
    error("empty-path", span, "this names no file", "empty", "a library is a .sdl file or a folder of them");
    return;
  }
  if (use.version || literal->text.find("://") != std::string::npos) {
    error("remote-library", span, "libraries from other places are not there yet", "not a path", "copy the library's files beside this one and use their path");
    return;
  }
  const auto alias = alias_of(module, use, literal->text);
  if (!alias) return;
  if (program_.schemas.has_family(alias->text)) {
    error("reserved-family", alias->span, "`" + std::string(alias->text) + "` is a built-in family of stages", "would hide it", "add `as` and another name");
    return;
  }
  // Shown as the user would find it: relative where the using file was named so.
  const fs::path path = (program_.sources.file(module.tree.file()).path().parent_path() / literal->text).lexically_normal();
  Library library{.modules = {}, .span = span};
  std::error_code code;
  std::vector<fs::path> files{path};
  if (fs::is_directory(path, code)) {
    files.clear();
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path, code)) {
      names.push_back(entry.path().filename().string());
      if (entry.path().extension() == ".sdl") files.push_back(entry.path());
    }
    program_.looks.add({.kind = Look::Kind::names, .path = path.string(), .seen = seen_text(std::move(names))});
    std::sort(files.begin(), files.end());
    if (files.empty()) error("empty-library", span, "folder `" + path.string() + "` has no .sdl file", "nothing to use", "a library is a .sdl file or a folder of them");
  }
  for (const fs::path& file : files) {
    if (const LoadedModule* loaded = load(file, span)) library.modules.push_back(loaded);
  }
  const auto [earlier, is_new] = module.libraries.emplace(alias->text, std::move(library));
  if (!is_new) error("duplicate-name", alias->span, "`" + std::string(alias->text) + "` is used twice", "the second time", "add `as` and another name", {{earlier->second.span, "the first one"}});
}

void Loader::error(std::string_view name, Span span, std::string message, std::string label, std::string hint, std::vector<RelatedPlace> related) {
  diagnostics_.add({.name = name, .message = std::move(message), .span = span, .label = std::move(label), .hint = std::move(hint), .related = std::move(related)});
}

}  // namespace sdlrun::dsl
