// Makes a pipeline of a checked program: params bound, for-each steps and stages written in .sdl unfolded, inputs
// evaluated as far as they are known, nodes in order. Where the pipeline has gates it goes on with that when they open.
// Internal to dsl/.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/check/modules.hpp"
#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/evaluate/evaluator.hpp"
#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

/// While a pipeline is opened.
inline const FinishedOutputs nothing_finished;
inline constexpr auto no_node = static_cast<NodeId>(0xFFFFFFFFU);

class Opener {
 public:
  Opener(Sources& sources, std::shared_ptr<const Program> program, Diagnostics& diagnostics)
      : sources_(sources), program_(std::move(program)), diagnostics_(&diagnostics) {}

  std::optional<Pipeline> open(const GivenParams& given, const Pools& pools);
  bool has_gates() const { return !pending_.empty(); }
  std::size_t nodes_in_the_beginning() const { return nodes_in_the_beginning_; }
  std::optional<Growth> grow(Pipeline& pipeline, NodeId gate, const FinishedOutputs& finished, Diagnostics& diagnostics);

 private:
  /// A step that is being unfolded, and where its nodes go.
  struct Unfolding {
    BodyScope* body = nullptr;
    std::uint32_t item = 0;
    const StepDeclaration* step = nullptr;
    std::string prefix = {};    // of its nodes' names
    std::size_t inherited = 0;  // index into inherited_
  };
  /// What is behind a gate: the rest of an unfolding, from the first element or choice on that was not known.
  struct Pending {
    Unfolding unfolding;
    const Scope* scope = nullptr;
    const Scope* unknown = nullptr;  // below it: the variables of the axes from there on, without values
    std::vector<std::string> keys;   // of the axes before
    std::vector<NodeId> may_need = {};
  };
  /// What a step of a stage written in .sdl takes over from the step that uses the stage.
  struct Inherited {
    RarePartialValue when;
    bool on_demand = false;
    std::vector<NodeId> after;
    std::vector<NodeId> when_waits_for;
  };
  /// A node and where its expressions are looked up.
  struct Draft {
    Node node;
    const Scope* scope = nullptr;
    const StepDeclaration* step = nullptr;
    const StageCall* call = nullptr;
    const RequireDeclaration* requirement = nullptr;
    std::size_t inherited = 0;  // index into inherited_
    bool dropped = false;       // a requirement that is known to hold
  };
  struct Renaming {
    std::size_t first = 0;
    std::vector<NodeId> renamed;  // by draft
    void apply(NodeId& node) const;
    void apply(std::vector<NodeId>& nodes) const;
    void apply(std::vector<StepInstance>& instances) const;
  };

  // opener.cpp
  void bind_pools(const BodyScope& scope);
  void bind_params(BodyScope& scope, const GivenParams& given, Pipeline& pipeline);
  void open_outputs(const BodyScope& scope, Pipeline& pipeline);
  NodeId draft_id(std::size_t draft) const { return static_cast<NodeId>(first_draft_ + draft); }
  Renaming put_in_order(Pipeline& pipeline);
  void rename_gates(const Renaming& renaming);
  void rename_scopes(const Renaming& renaming, std::size_t first_scope);
  void find_default_goals(Pipeline& pipeline);

  // unfold.cpp
  bool is_too_large() const;
  void too_many_steps(Span span);
  void unfold_body(BodyScope& scope, const std::string& prefix, std::size_t inherited);
  void unfold_axis(const Unfolding& unfolding, const Scope& scope, std::vector<std::string>& keys, std::vector<StepInstance>& instances);
  StepInstance unfold_instance(const Unfolding& unfolding, const Scope& scope, const std::vector<std::string>& keys);
  StepInstance unfold_stage(const Unfolding& unfolding, const Scope& scope, const StageCall& call, const Body& body, const std::string& name);
  std::optional<Value> known_now(ExpressionId id, const Scope& scope, const Type& type, std::string_view what);

  // gates.cpp
  struct Choice {
    const StageCall* call = nullptr;
    bool is_late = false;
  };
  Choice chosen_call(const Unfolding& unfolding, const Scope& scope);
  std::optional<Value> known_or_late(ExpressionId id, const Scope& scope, const Type& type, bool& is_late);
  bool is_switched_off(const Unfolding& unfolding, const Scope& unknown);
  StepInstance add_gate(const Unfolding& unfolding, const Scope& scope, const std::vector<std::string>& keys);
  void fill_gate(Draft& draft, Pending& pending);
  std::vector<NodeId> may_need(const Draft& gate, const Pending& pending);
  const Scope& with_unknown_elements(const StepDeclaration& step, const Scope& scope, std::size_t known_axes);

  // grow.cpp
  bool unfold_behind(const Pending& pending, std::vector<StepInstance>& instances);
  Growth take_in(Pipeline& pipeline, NodeId gate, std::vector<StepInstance> instances, std::size_t first_scope);
  void remember_waiting(const Pipeline& pipeline, const Renaming& renaming);
  std::vector<NodeId> new_dependencies(Pipeline& pipeline, NodeId node);

  // fill_nodes.cpp
  static const Entry* with_option(const StepDeclaration& step, std::string_view name);
  void fill_inherited(std::size_t first);
  void inherit_when(Inherited& inherited, const Entry& entry, const Scope& scope);
  void two_late_conditions(Span span);
  void fill(Draft& draft, NodeId id);
  void fill_step(Draft& draft);
  void wait_for_all_of(ExpressionId id, Draft& draft, const Type& type);
  void fill_requirement(Draft& draft);
  void fill_with(Draft& draft);
  void fill_on_demand(Draft& draft, const Scope& scope);
  void fill_pools(Draft& draft, const Entry& entry);
  void fill_retry(Draft& draft, const Entry& entry);
  void fill_environment(Draft& draft, const Entry& entry);
  void fill_declared_outputs(Draft& draft);
  PartialValue partial(ExpressionId id, const Scope& scope, const Type& type, std::vector<NodeId>& waits_for);
  std::vector<NodeId> after_nodes(const Entry& entry, const Scope& scope);

  Sources& sources_;
  std::shared_ptr<const Program> program_;
  Diagnostics* diagnostics_;
  const FinishedOutputs* finished_ = &nothing_finished;
  Pools pools_;
  std::size_t first_draft_ = 0;  // the node that the first of drafts_ is
  std::vector<Draft> drafts_;
  std::vector<Inherited> inherited_;
  /// For each of inherited_: the step that uses the stage, and its scope; none for the pipeline itself.
  struct StageUse {
    const StepDeclaration* step = nullptr;
    const Scope* scope = nullptr;
    std::size_t outer = 0;
  };
  std::vector<StageUse> uses_;
  std::shared_ptr<Scopes> scopes_ = std::make_shared<Scopes>();
  std::size_t nodes_in_the_beginning_ = 0;
  bool is_growing_ = false;
  std::map<NodeId, Pending> pending_;  // by gate
  std::map<NodeId, Growth> grown_;     // by gate
  std::unordered_map<NodeId, std::vector<NodeId>> waiting_for_;  // by gate
  std::unordered_map<NodeId, Draft> waiting_;                    // what waits for gates, to be filled again
};

}  // namespace sdlrun::dsl
