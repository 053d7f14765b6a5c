// A pipeline made concrete: parameters bound, for-each steps and composite stages unfolded, every node known by name.
// Values that come from steps are still open; Pipeline::evaluate gives them once those steps have finished.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include <oneapi/tbb/concurrent_vector.h>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/source/source.hpp"
#include "dsl/stage_schema/stage_schema.hpp"
#include "dsl/syntax/tree.hpp"
#include "dsl/types/type.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

struct Scope;  // evaluation's own
struct Scopes;
class Opener;  // dsl/pipeline/opener.hpp

enum class NodeId : std::uint32_t {};
constexpr std::size_t index_of(NodeId node) { return static_cast<std::size_t>(node); }

/// An expression and where its names are looked up; evaluated when the steps it refers to have finished.
struct OpenValue {
  ExpressionId expression{};
  const Scope* scope = nullptr;  // the pipeline's
  /// What the place expects; literals take their meaning from it (a path, an enum member).
  Type type;
};

/// A value that is known, or one that waits for steps.
struct PartialValue {
  std::optional<Value> known;
  OpenValue open;  // meaningful where `known` is empty
};

struct NodeInput {
  std::string name;
  PartialValue value;
  Span span;
};

/// An output that a step's `outputs` clause declares.
struct NodeOutput {
  std::string name;
  Type type;
  OutputSource source = OutputSource::path;
  std::string path;     // relative to the step's folder of outputs
  std::string pattern;  // of `at stdout matching`
};

/// How often a failing step is tried, and how long is waited in between.
struct RetryOptions {
  std::int64_t attempts = 1;  // in all
  std::int64_t backoff_milliseconds = 0;  // before the second attempt; twice as long before each one after
  std::vector<std::int64_t> exit_codes;   // those worth another attempt; empty: any failure is
};

/// Whether a result may come from, and go to, a cache that machines share.
enum class Sharing {
  automatic,  // where one is configured
  wanted,     // said with `cache = "shared"`: that none is configured is worth a word
  never,
};

/// What few nodes have, and none changes.
using RarePartialValue = std::shared_ptr<const PartialValue>;

/// What `with { }` says.
struct NodeOptions {
  RarePartialValue when;
  bool on_demand = false;
  bool cache = true;
  Sharing sharing = Sharing::automatic;
  std::int64_t timeout_milliseconds = 0;  // of each attempt; 0: none
  RetryOptions retry;
  std::vector<std::string> pools;  // sorted
  std::int64_t cpus = 0;  // 0: it says nothing of it, which counts as one
  std::int64_t memory_bytes = 0;  // 0: it says nothing of it
  /// By `on`: it runs on another machine, and takes nothing of this one's.
  bool is_elsewhere = false;
  /// Environment variables, by name; secrets may stand here.
  std::vector<NodeInput> environment;
};

/// A gate stands for steps that are not there yet: those of a for-each step whose list, or of a choice whose condition, is
/// known only after other steps have run. Once what it depends on has finished, `grow` puts them into the pipeline.
enum class NodeKind { step, requirement, gate };

struct Node {
  NodeKind kind = NodeKind::step;
  std::string name;  // "train", "eval[small]", "app/script"; of a gate "eval[*]", "eval[small,*]", "train[?]"
  Span span;         // of the step's name
  std::string doc;

  // of a step
  const StageSchema* schema = nullptr;
  std::vector<NodeInput> inputs;           // every input of the schema, defaults filled in, in the schema's order
  std::vector<NodeOutput> declared_outputs;
  NodeOptions options;

  // of a requirement
  RarePartialValue condition;
  RarePartialValue message;

  /// Whether its `when` is known to be false: it will be skipped.
  bool is_switched_off() const { return options.when && options.when->known && *options.when->known == Value::boolean(false); }

  /// Sorted, without repetition: what must have finished before this may start.
  std::vector<NodeId> dependencies;
};

struct PipelineOutput {
  std::string name;
  PartialValue value;
  Span span;
  std::vector<NodeId> dependencies;
};

/// How evaluation asks for a finished step's outputs: a record of them; `none` for a step that was skipped; nothing
/// while it has not finished.
using FinishedOutputs = std::function<std::optional<Value>(NodeId)>;

struct PipelineParam {
  std::string name;
  Type type;
  std::string type_text;
  std::string doc;
  Value value;
  enum class Source { default_value, profile, command_line } source = Source::default_value;
};

using Pools = std::map<std::string, std::int64_t, std::less<>>;

class Program;  // the checked modules; see dsl/check/program.hpp

/// They stay where they are, also while others are added by another thread. By the standard allocator: what TBB's own
/// gives, leak checkers cannot look into.
using Nodes = oneapi::tbb::concurrent_vector<Node, std::allocator<Node>>;

struct Pipeline {
  std::string name;
  std::string doc;
  std::vector<PipelineParam> params;
  /// In an order in which dependencies come first; behind them those that were added since, in such an order too.
  Nodes nodes;
  std::vector<PipelineOutput> outputs;
  /// The nodes that nothing else refers to and that are not on demand: what runs when no goal is named.
  std::vector<NodeId> default_goals;
  /// How many of the steps that name a pool run at once.
  Pools pools;
  std::shared_ptr<const Program> program;
  std::shared_ptr<Scopes> scopes;
  /// Of each gate: what the steps behind it may need besides, so that it is needed if they may be. Not waited for.
  std::map<NodeId, std::vector<NodeId>> gates;
  /// Where there are gates: what opens them.
  std::shared_ptr<Opener> opener;

  /// Without those that were added since.
  std::size_t nodes_in_the_beginning() const;
  const Node& operator[](NodeId id) const { return nodes[static_cast<std::uint32_t>(id)]; }
  /// By node name ("eval[small]"), by the name of a for-each or composite step (all its nodes), or by the name of a
  /// named requirement; empty where there is none.
  std::vector<NodeId> find(std::string_view name) const;
};

/// The value, now that the steps it refers to have finished. The errors left for this moment (an index out of range, a
/// division by zero, a value outside its declared range) come as a diagnostic with the expression's span.
std::optional<Value> evaluate(const Pipeline& pipeline, const PartialValue& value, const FinishedOutputs& finished,
                              Diagnostics& diagnostics);

/// What the opening of a gate has added to a pipeline.
struct Growth {
  struct Needs {
    NodeId node{};
    std::vector<NodeId> needs;
  };
  NodeId gate{};
  std::vector<NodeId> added;     // in an order in which dependencies come first
  std::vector<NodeId> goals;     // those of `added` that run where no goal is named
  std::vector<Needs> gates;    // those of `added` that are gates, and what they may need, as in Pipeline::gates
  /// What waited for the gate: what it waits for besides, from now on. Those were added, or are among what the gate may need.
  std::vector<Needs> waiting;
};

/// Opens a gate whose dependencies have finished. What is wrong (two elements of one name, a file that is not there) is a
/// diagnostic. Thread-safe beside `evaluate`; who asks again for a gate that is open gets the same answer.
std::optional<Growth> grow(Pipeline& pipeline, NodeId gate, const FinishedOutputs& finished, Diagnostics& diagnostics);

/// Holds back growth while dependencies of nodes are read by another thread than the one that grows.
std::shared_lock<std::shared_mutex> hold_still(const Pipeline& pipeline);

/// A value read from outside (JSON that a program wrote), checked against a type. `what` names it in the message.
std::optional<Value> value_from_json(std::string_view json, const Type& type, std::string& error);
/// The value as JSON; files as {"file": path, "digest": …}, durations and sizes as their text.
std::string value_to_json(const Value& value);

}  // namespace sdlrun::dsl
