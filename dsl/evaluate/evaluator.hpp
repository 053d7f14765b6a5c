// Values of expressions. One evaluator serves both moments: while the pipeline is opened, when no step has run, it finds
// which steps a value waits for; while it runs, when they have finished, it gives the value. Internal to dsl/.
#pragma once

#include <optional>
#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/evaluate/scope.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "dsl/values/path_problem.hpp"

namespace sdlrun::dsl {

class Evaluator {
 public:
  /// `finished` is empty while the pipeline is opened.
  Evaluator(const FinishedOutputs& finished, Diagnostics& diagnostics) : finished_(finished), diagnostics_(diagnostics) {}

  /// The value; nothing where it waits for steps (they are added to `waits_for`) or is wrong (`failed`, and reported).
  std::optional<Value> evaluate(ExpressionId id, const Scope& scope, const Type& expected);
  std::optional<Value> evaluate(const OpenValue& open) { return evaluate(open.expression, *open.scope, open.type); }

  /// The nodes that `step`, `step["element"]` or `step[*]` stands for, as `after` names them.
  std::vector<NodeId> nodes_of(ExpressionId step, const Scope& scope);

  bool failed() const { return failed_; }
  /// While steps are being unfolded, not all have nodes yet: what a value waits for is not remembered then.
  void set_unfolding() { unfolding_ = true; }
  /// Sorted, without repetition.
  std::vector<NodeId> take_waits_for();

  void error(std::string_view name, Span span, std::string message, std::string label = "", std::string hint = "");

 private:
  struct Place {
    const Scope& scope;
    const Type& expected;
    Span span;
  };

  std::optional<Value> node_value(const InvalidExpression&, const Place&) { return std::nullopt; }
  std::optional<Value> node_value(const NoneLiteral&, const Place&) { return Value(); }
  std::optional<Value> node_value(const BoolLiteral& literal, const Place&) { return Value::boolean(literal.value); }
  std::optional<Value> node_value(const IntLiteral& literal, const Place&) { return Value::integer(literal.value); }
  std::optional<Value> node_value(const FloatLiteral& literal, const Place&) { return Value(Value::Data(literal.value)); }
  std::optional<Value> node_value(const DurationLiteral& literal, const Place&) { return Value(Value::Data(Duration{literal.milliseconds})); }
  std::optional<Value> node_value(const SizeLiteral& literal, const Place&) { return Value(Value::Data(Size{literal.bytes})); }
  std::optional<Value> node_value(const StringLiteral& literal, const Place& place);
  std::optional<Value> node_value(const Interpolation& text, const Place& place);
  std::optional<Value> secret_text(const Interpolation& text, const Place& place);
  std::optional<Value> node_value(const ListLiteral& list, const Place& place);
  std::optional<Value> node_value(const MapLiteral& map, const Place& place);
  std::optional<Value> node_value(const RecordLiteral& record, const Place& place);
  std::optional<Value> node_value(const Comprehension& comprehension, const Place& place);
  std::optional<Value> node_value(const IfExpression& choice, const Place& place);
  std::optional<Value> node_value(const MatchExpression& match, const Place& place);
  // evaluate_names.cpp
  std::optional<Value> node_value(const Reference& reference, const Place& place);
  std::optional<Value> node_value(const Member& member, const Place& place);
  std::optional<Value> node_value(const Index& index, const Place& place);
  std::optional<Value> node_value(const IndexAll&, const Place&) { return std::nullopt; }
  std::optional<Value> node_value(const Call& call, const Place& place);
  // evaluate_operators.cpp
  std::optional<Value> node_value(const Unary& unary, const Place& place);
  std::optional<Value> node_value(const Binary& binary, const Place& place);
  std::optional<Value> logic_value(const Binary& binary, const Place& place);
  std::optional<Value> default_value(const Binary& binary, const Place& place);
  std::optional<Value> arithmetic_value(const Binary& binary, const Value& left, const Value& right, Span span);

  std::optional<Value> item_value(std::uint32_t index, const Item& item, const BodyScope& scope, Span span);
  std::optional<Value> remembered(std::uint32_t index, ExpressionId expression, const Type& type, const BodyScope& scope, Span span);
  std::optional<Value> instance_output(const StepInstance& instance, const Name& member, Span span);
  const std::vector<StepInstance>* step_instances(ExpressionId object, const Place& place);
  struct Matching {
    std::vector<const StepInstance*> instances;
    bool is_exact = true;  // all that was asked with is known
  };
  Matching matching(const std::vector<StepInstance>& instances, ExpressionId object, const Place& place);
  bool matches(ExpressionId pattern, const Value& subject, const Place& place);
  std::optional<Value> conform(Value value, const Place& place);
  std::optional<Value> conform_record(const Value& value, const RecordType& type, const Place& place);
  void report_path(const PathProblem& problem, const std::filesystem::path& path, const std::string& kind, const Place& place);
  /// Keeps in mind what was seen of the disk.
  static void look(Look look, const Place& place);
  /// Nothing, and an error, where it is heavier than a value may be.
  std::optional<Value> bearable(std::optional<Value> value, const Place& place);
  void too_heavy(const Place& place);

  const FinishedOutputs& finished_;
  Diagnostics& diagnostics_;
  std::vector<NodeId> waits_for_;
  bool failed_ = false;
  bool unfolding_ = false;
  std::size_t depth_ = 0;
};

/// The name of an element of a for-each step: the text of a string or an int.
std::string element_name(const Value& value);

}  // namespace sdlrun::dsl
