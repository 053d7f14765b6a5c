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

struct BodyScope;

/// One unfolded step: a node of its own, or the scope of a stage written in .sdl.
struct StepInstance {
  std::vector<std::string> keys;  // of a for-each step: the elements' names
  std::optional<NodeId> node;
  const BodyScope* stage = nullptr;
  std::vector<NodeId> nodes;  // all of it
  /// It stands for those that are not there yet, and whose names begin with these keys; `node` is the gate.
  bool is_gate = false;
};

/// The variable of a for-each step or comprehension, in the scope around it; or a body, which has none around it.
struct Scope {
  explicit Scope(const Scope& around) : parent(&around) {}

  const Scope* const parent;  // null: it is a BodyScope
  std::string_view variable;
  std::optional<Value> variable_value;  // nothing: known only after a step has run

  const BodyScope& body_scope() const;

 protected:
  Scope() : parent(nullptr) {}
};

/// A pipeline or one use of a stage, with its values. Apart from variables, of which there is one a for-each step: they are
/// a quarter of its size. Scopes point at each other in circles: a stage's at the one around it, and that one at the stage's.
struct BodyScope final : Scope {
  const LoadedModule* module = nullptr;
  const Body* body = nullptr;
  std::filesystem::path directory;  // what paths are relative to

  /// Its params and inputs, by item; its steps, by item.
  std::unordered_map<std::uint32_t, PartialValue> values;
  std::unordered_map<std::uint32_t, std::vector<StepInstance>> steps;
  std::unordered_map<std::uint32_t, NodeId> requirements;

  /// Values of `let`s and outputs that are known, by item: each is evaluated once, also when steps run at the same time.
  mutable std::mutex memory_mutex;
  mutable std::unordered_map<std::uint32_t, Value> memory;
  /// While the pipeline is opened: the steps that a value waits for, by item.
  mutable std::unordered_map<std::uint32_t, std::vector<NodeId>> waits_for;
};

inline const BodyScope& Scope::body_scope() const {
  const Scope* scope = this;
  while (scope->parent != nullptr) scope = scope->parent;
  return static_cast<const BodyScope&>(*scope);
}

/// All scopes of a pipeline; it owns them, and they stay where they are.
struct Scopes {
  std::deque<BodyScope> bodies;
  std::deque<Scope> variables;
  /// Held alone while a pipeline grows, together by those who evaluate meanwhile.
  std::shared_mutex growth_mutex;
};

}  // namespace sdlrun::dsl
