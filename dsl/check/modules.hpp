// What checking knows of the loaded files: names, types of declarations, interfaces of stages. Internal to dsl/.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "dsl/check/program.hpp"
#include "dsl/functions/looks.hpp"
#include "dsl/stage_schema/stage_schema.hpp"
#include "dsl/syntax/tree.hpp"
#include "dsl/types/type.hpp"

namespace sdlrun::dsl {

struct LoadedModule;

struct InterfaceInput {
  std::string_view name;
  Type type;
  bool required = true;
};
struct InterfaceOutput {
  std::string_view name;
  Type type;
};
/// What a stage takes and gives, native or written in .sdl.
struct StageInterface {
  std::vector<InterfaceInput> inputs;
  std::vector<InterfaceOutput> outputs;

  const InterfaceInput* find_input(std::string_view name) const;
  const InterfaceOutput* find_output(std::string_view name) const;
};

/// The body of a pipeline or of a stage written in .sdl.
struct Body {
  const LoadedModule* module = nullptr;
  const std::vector<Item>* items = nullptr;
  Name name;
  bool is_pipeline = false;
  /// Params, inputs, secrets, lets, steps and named requirements: one namespace. The value is the item's index.
  std::unordered_map<std::string_view, std::uint32_t> names;
  /// By item: the type of a param, input or let.
  std::vector<Type> item_types;
  /// By item: the outputs a step offers (with `T?` where it may be skipped).
  std::vector<std::vector<InterfaceOutput>> step_outputs;
  StageInterface interface;  // of a stage written in .sdl
  enum class State { unchecked, checking, checked } state = State::unchecked;

  const Item* find(std::string_view name) const;
};

/// What `use` gave a name to: one file, or all files of a folder.
struct Library {
  std::vector<const LoadedModule*> modules;
  Span span;
};

struct LoadedModule {
  explicit LoadedModule(Module parsed, Looks* looks_taken = nullptr) : tree(std::move(parsed)), looks(looks_taken) {}

  Module tree;
  Looks* looks;  // the program's; null where no file is read
  std::filesystem::path directory;  // absolute: what its paths are relative to
  bool is_given = false;  // a value of the command line or of sdl.yaml: a whole number may stand for a float
  std::string_view paths_hint = "paths are relative to the file that writes them";
  std::unordered_map<std::string_view, Library> libraries;
  std::unordered_map<std::string_view, const TypeDeclaration*> types;
  std::unordered_map<std::string_view, std::unique_ptr<Body>> stages;
  std::unique_ptr<Body> pipeline;
  /// Types declared by `type`, once something has named them, with how many parts they have.
  struct ResolvedType {
    Type type;
    std::size_t parts = 0;
  };
  mutable std::unordered_map<std::string_view, ResolvedType> resolved_types;
};

/// Of `pool name = …`.
Type pool_size_type();
/// Of `with { pool = … }`: one or several names.
Type pools_type();
/// Of `with { cache = … }`: "off", "local" or "shared".
Type cache_type();
/// Of `with { retry = … }`: { attempts: int(1..100), backoff: duration?, exit_codes: [int(1..255)]? }
Type retry_type();

class Program {
 public:
  Program(Sources& all_sources, const StageSchemas& all_schemas) : sources(all_sources), schemas(all_schemas) {}

  Sources& sources;
  const StageSchemas& schemas;
  Looks looks;
  std::deque<LoadedModule> modules;  // the first is the file that was asked for
};

/// A stage that a step names: a native one, or one written in .sdl.
using StageTarget = std::variant<const StageSchema*, Body*>;
std::optional<StageTarget> find_stage(const Program& program, const LoadedModule& module, const std::vector<Name>& path);

/// "notebook.convert", as written.
std::string path_text(const std::vector<Name>& path);

/// The name an item declares; empty for an unnamed requirement.
std::optional<Name> declared_name(const Item& item);

}  // namespace sdlrun::dsl
