// Where names are looked up while expressions are evaluated. Internal to dsl/.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dsl/check/modules.hpp"
#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

/// One unfolded step: a node of its own, or the scope of a stage written in .sdl.
struct StepInstance {
  std::vector<std::string> keys;  // of a for-each step: the elements' names
  std::optional<NodeId> node;
  const Scope* stage = nullptr;
  std::vector<NodeId> nodes;  // all of it
  /// It stands for those that are not there yet, and whose names begin with these keys; `node` is the gate.
  bool is_gate = false;
};

/// A pipeline or one use of a stage, with its values; or, inside it, the variable of a for-each step or comprehension.
/// Scopes point at each other in circles: a stage's at the one around it, and that one at the stage's.
struct Scope {
  const LoadedModule* module = nullptr;
  const Body* body = nullptr;
  std::filesystem::path directory;  // what paths are relative to

  // A variable: `parent` is the scope around it.
  const Scope* parent = nullptr;
  std::string_view variable;
  std::optional<Value> variable_value;  // nothing: known only after a step has run

  // A body: its params and inputs, by item; its steps, by item.
  std::unordered_map<std::uint32_t, PartialValue> values;
  std::unordered_map<std::uint32_t, std::vector<StepInstance>> steps;
  std::unordered_map<std::uint32_t, NodeId> requirements;

  /// Values of `let`s and outputs that are known, by item: each is evaluated once, also when steps run at the same time.
  mutable std::mutex memory_mutex;
  mutable std::unordered_map<std::uint32_t, Value> memory;
  /// While the pipeline is opened: the steps that a value waits for, by item.
  mutable std::unordered_map<std::uint32_t, std::vector<NodeId>> waits_for;

  const Scope& body_scope() const { return parent != nullptr ? parent->body_scope() : *this; }
};

/// All scopes of a pipeline; it owns them, and they stay where they are.
struct Scopes {
  std::deque<Scope> all;
  /// Held alone while a pipeline grows, together by those who evaluate meanwhile.
  std::shared_mutex growth_mutex;
};

}  // namespace sdlrun::dsl
