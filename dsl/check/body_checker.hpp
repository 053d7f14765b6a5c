// Checks the body of a pipeline, or of a stage written in .sdl: names, types, stages' inputs, cycles. Internal to dsl/.
#pragma once

#include <vector>

#include "dsl/check/expression_checker.hpp"
#include "dsl/check/modules.hpp"
#include "dsl/check/type_resolver.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

/// A chain of names that each need the next is checked from the far end; longer ones are no pipeline.
constexpr std::size_t deepest_chain = 500;

class BodyChecker {
 public:
  BodyChecker(Program& program, Body& body, Diagnostics& diagnostics);

  /// Checks all of it, and the stages written in .sdl that it uses.
  void check();

 private:
  // body_checker.cpp
  void collect_names();
  void resolve_declared_types();
  void check_item(std::uint32_t index);
  void check_declaration(const ParamDeclaration& param, std::uint32_t index);
  void check_declaration(const InputDeclaration& input, std::uint32_t index);
  void check_declaration(const SecretDeclaration& secret, std::uint32_t index);
  void check_secret_source(ExpressionId source);
  void check_declaration(const PoolDeclaration& pool, std::uint32_t index);
  void check_declaration(const LetDeclaration& let, std::uint32_t index);
  void check_declaration(const StepDeclaration& step, std::uint32_t index);
  void check_declaration(const RequireDeclaration& require, std::uint32_t index);
  void check_declaration(const OutputDeclaration& output, std::uint32_t index);
  void check_default(ExpressionId value, const Type& type, std::string_view name);
  std::optional<NameMeaning> meaning_of(const Name& name);
  std::vector<std::string_view> value_names() const;
  Checked let_type(std::uint32_t index);
  void build_interface();
  ExpressionChecker expression_checker();

  // step_checks.cpp
  const std::vector<InterfaceOutput>& step_outputs(std::uint32_t index);
  std::vector<InterfaceOutput> call_outputs(const StageCall& call, const StepDeclaration& step);
  const StageInterface* interface_of(const StageTarget& target, Span span);
  std::vector<Type> key_types(std::uint32_t index);
  void check_axes(const StepDeclaration& step, ExpressionChecker& expressions);
  void check_body(const StepDeclaration& step, ExpressionChecker& expressions);
  void check_call(const StageCall& call, const StepDeclaration& step, ExpressionChecker& expressions);
  void check_inputs(const StageCall& call, const StageInterface& interface, ExpressionChecker& expressions);
  void check_outputs_clause(const OutputsClause& clause, const StageCall& call, const StageTarget& target);
  void check_pattern(ExpressionId pattern);
  void report_unknown_stage(const StageCall& call);

  // with_checks.cpp
  void check_with(const StepDeclaration& step, ExpressionChecker& expressions);
  void check_with_entry(const Entry& entry, const StepDeclaration& step, ExpressionChecker& expressions);
  void check_after(const Entry& entry, ExpressionChecker& expressions);
  void check_place_is_whole(const StepDeclaration& step);
  void check_place(const Entry& entry, const StepDeclaration& step, ExpressionChecker& expressions);

  // cycle_check.cpp
  void report_cycles();

  void error(std::string_view name, Span span, std::string message, std::string label = "", std::string hint = "",
             std::vector<RelatedPlace> related = {});

  Program& program_;
  Body& body_;
  Diagnostics& diagnostics_;
  TypeResolver types_;
  enum class Progress : std::uint8_t { unchecked, checking, checked };
  std::vector<Progress> let_progress_;
  std::vector<bool> let_late_;
  std::vector<bool> outputs_known_;
  std::vector<Progress> key_progress_;
  std::vector<std::vector<Type>> key_types_;
  std::vector<bool> output_late_;
  std::vector<Type> output_types_;
  /// By item: the items it refers to, for cycles.
  std::vector<std::vector<std::uint32_t>> references_;
  std::unordered_map<const StageSchema*, std::unique_ptr<StageInterface>> native_interfaces_;
  std::vector<std::uint32_t> item_stack_;  // the items being checked, innermost last
};

/// Checks a body once; asking for it while it is being checked means that the stage contains itself, which is reported
/// at `use`.
void ensure_checked(Program& program, Body& body, Span use, Diagnostics& diagnostics);

/// The interface of a native stage.
StageInterface interface_of_schema(const StageSchema& schema);

/// The stages that a step may be a step of: one, or one for each arm of its choice.
std::vector<const StageCall*> calls_of(const Module& tree, const StepDeclaration& step);

}  // namespace sdlrun::dsl
