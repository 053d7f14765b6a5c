// What the language knows of a stage: its inputs and outputs with types, defaults and docs. How it does its work is the
// engine's and the stage's own business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/types/type.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

struct InputSchema {
  std::string name;
  Type type;
  std::string type_text;                // as the stage wrote it, for help
  std::optional<Value> default_value;   // none: the input must be given, unless its type is optional
  std::string default_text;
  std::string doc;
  bool said_in_with = false;            // stands in the step's `with { }`, not in its block
};

struct OutputSchema {
  std::string name;
  Type type;
  std::string type_text;
  std::string doc;
};

/// Whether a cached result says all: a pure stage's outputs follow from its inputs; an external one has effects outside
/// (a cluster, a registry) and observes the world before "cached" is believed.
enum class StageEffect { pure, external };

struct StageSchema {
  std::string family;   // "notebook"
  std::string name;     // "convert"
  int version = 1;      // part of every key: raised when the same inputs would give other outputs
  StageEffect effect = StageEffect::pure;
  std::string summary;  // one line
  std::string doc;      // Markdown paragraphs
  std::string example;  // a step, as it stands in a pipeline
  std::vector<InputSchema> inputs;
  std::vector<OutputSchema> outputs;
  /// True for stages that run a program of the user's: the step may say `outputs { … }`.
  bool takes_outputs_clause = false;
  /// Whether a step may say by `with { on = … }` that it runs elsewhere than on this machine.
  bool can_run_elsewhere() const { return find_input(place_input) != nullptr; }

  /// The inputs that such a stage has besides its own.
  static constexpr const char* place_input = "on";
  static constexpr const char* image_input = "image";

  std::string full_name() const { return family + "." + name; }
  const InputSchema* find_input(std::string_view input) const;
  const OutputSchema* find_output(std::string_view output) const;
};

/// Makes a schema from types and defaults written in the language itself. A type or default that does not parse is our
/// own mistake: it ends the program with the text at fault.
///
///     StageSchemaBuilder("http", "download", "Downloads a file and verifies it.")
///         .input("url", "string", "Where to download from.")
///         .input("retries", "int(0..10)", "How often to try again.", "3")
///         .output("file", "file", "The downloaded file.")
///         .build();
class StageSchemaBuilder {
 public:
  StageSchemaBuilder(std::string family, std::string name, std::string summary);

  StageSchemaBuilder& version(int number);
  StageSchemaBuilder& external();
  StageSchemaBuilder& doc(std::string markdown);
  StageSchemaBuilder& example(std::string text);
  StageSchemaBuilder& input(std::string name, std::string type, std::string doc);
  StageSchemaBuilder& input(std::string name, std::string type, std::string doc, std::string default_value);
  StageSchemaBuilder& output(std::string name, std::string type, std::string doc);
  StageSchemaBuilder& takes_outputs_clause();
  /// `with { on, image }`: the types of what stands for places, and for images there.
  StageSchemaBuilder& runs_elsewhere(const std::string& place, const std::string& image);
  /// The finished schema; the builder is empty afterwards.
  StageSchema build();

 private:
  StageSchema schema_;
};

/// The stages that need no `use`. The schemas must outlive it.
class StageSchemas {
 public:
  void add(const StageSchema& schema) { all_.push_back(&schema); }
  const StageSchema* find(std::string_view family, std::string_view name) const;
  bool has_family(std::string_view family) const;
  const std::vector<const StageSchema*>& all() const { return all_; }

 private:
  std::vector<const StageSchema*> all_;
};

}  // namespace sdlrun::dsl
