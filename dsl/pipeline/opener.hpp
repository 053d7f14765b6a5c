// Makes a pipeline of a checked program: params bound, for-each steps and stages written in .sdl unfolded, inputs
// evaluated as far as they are known, nodes in order. Internal to dsl/.
#pragma once

#include <memory>
#include <vector>

#include "dsl/check/modules.hpp"
#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/evaluate/evaluator.hpp"
#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

class Opener {
 public:
  Opener(Sources& sources, std::shared_ptr<const Program> program, Diagnostics& diagnostics)
      : sources_(sources), program_(std::move(program)), diagnostics_(diagnostics) {}

  std::optional<Pipeline> open(const GivenParams& given, const Pools& pools);

 private:
  /// What a step of a stage written in .sdl takes over from the step that uses the stage.
  struct Inherited {
    std::optional<PartialValue> when;
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

  // opener.cpp
  void bind_pools(const Scope& scope);
  void bind_params(Scope& scope, const GivenParams& given, Pipeline& pipeline);
  void open_outputs(const Scope& scope, Pipeline& pipeline);
  void put_in_order(Pipeline& pipeline);
  void find_default_goals(Pipeline& pipeline);

  // unfold.cpp
  bool is_too_large() const;
  void too_many_steps(Span span);
  void unfold_body(Scope& scope, const std::string& prefix, std::size_t inherited);
  void unfold_step(Scope& scope, std::uint32_t index, const StepDeclaration& step, const std::string& prefix, std::size_t inherited);
  void unfold_axis(Scope& body_scope, const Scope& scope, const StepDeclaration& step, std::vector<std::string>& keys,
                   std::vector<StepInstance>& instances, const std::string& prefix, std::size_t inherited);
  StepInstance unfold_instance(const Scope& scope, const StepDeclaration& step, const std::vector<std::string>& keys, const std::string& prefix, std::size_t inherited);
  const StageCall* chosen_call(const Scope& scope, const StepDeclaration& step);
  StepInstance unfold_stage(const Scope& scope, const StepDeclaration& step, const StageCall& call, const Body& body, const std::string& name, std::size_t inherited);
  std::optional<Value> known_now(ExpressionId id, const Scope& scope, const Type& type, std::string_view what);

  // fill_nodes.cpp
  void fill_inherited();
  void inherit_when(Inherited& inherited, const Entry& entry, const Scope& scope);
  void two_late_conditions(Span span);
  void fill(Draft& draft);
  void fill_step(Draft& draft);
  void fill_requirement(Draft& draft);
  void fill_with(Draft& draft);
  void fill_pools(Draft& draft, const Entry& entry);
  void fill_retry(Draft& draft, const Entry& entry);
  void fill_environment(Draft& draft, const Entry& entry);
  void fill_declared_outputs(Draft& draft);
  PartialValue partial(ExpressionId id, const Scope& scope, const Type& type, std::vector<NodeId>& waits_for);
  std::vector<NodeId> after_nodes(const Entry& entry, const Scope& scope);

  Sources& sources_;
  std::shared_ptr<const Program> program_;
  Diagnostics& diagnostics_;
  Pools pools_;
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
};

}  // namespace sdlrun::dsl
