// Types of expressions. Expected types are pushed inwards, so that a literal takes its meaning from its place.
// Internal to dsl/.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/check/modules.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

/// A type, and whether the value waits for a step to have run.
struct Checked {
  Type type;
  bool late = false;
};

/// What a place takes: its type, and how the place is called in messages ("input `epochs`"); both may be empty.
struct Expected {
  Type type;
  std::string_view place = {};
};

/// What a name means in the body around an expression.
struct NamedStep {
  const StepDeclaration* declaration = nullptr;
  const std::vector<InterfaceOutput>* outputs = nullptr;
  /// By axis: what its elements are named by; unknown where that is not known yet.
  std::function<std::vector<Type>()> key_types = {};
};
using NameMeaning = std::variant<Checked, NamedStep>;

class ExpressionChecker {
 public:
  /// Gives the meaning of a name of the body; nothing where there is none. Reports by itself what else is wrong.
  using FindName = std::function<std::optional<NameMeaning>(const Name&)>;
  /// The names that could be meant, for "did you mean".
  using AllNames = std::function<std::vector<std::string_view>()>;

  /// `schemas`: the stages that hints may name; null: none.
  ExpressionChecker(const LoadedModule& module, FindName find_name, AllNames all_names, Diagnostics& diagnostics, const StageSchemas* schemas = nullptr);

  Checked check(ExpressionId id, const Expected& expected);
  Checked infer(ExpressionId id) { return check(id, {}); }

  /// A variable of a for-each step or a comprehension, visible until the returned object goes.
  struct Local {
    Name name;
    Checked checked;
  };
  void push_local(Local local);
  void pop_local() { locals_.pop_back(); }
  const std::vector<Local>& locals() const { return locals_; }

  /// `x` is not none where `condition` is true (or false): adds what follows from it; `restore` takes it back.
  std::size_t narrow(ExpressionId condition, bool truth);
  void restore_narrowing(std::size_t mark) { narrowed_.resize(mark); }

  /// A step, or an element of a for-each step, as `after` takes it.
  struct StepAccess {
    NamedStep step;
    enum class Kind { whole, element, all } kind = Kind::whole;
    Span span;
  };
  std::optional<StepAccess> step_access(ExpressionId id);

  /// The names under which a stage's `files` puts files into the folder of its program: there a text is the right way to say one.
  void set_placed_names(std::vector<std::string_view> names) { placed_names_ = std::move(names); }

  void error(std::string_view name, Span span, std::string message, std::string label = "", std::string hint = "",
             std::vector<RelatedPlace> related = {});

 private:
  // Literals and structures: literal_checks.cpp.
  Checked infer_node(const InvalidExpression&, Span, const Expected&) { return {}; }
  Checked infer_node(const NoneLiteral&, Span, const Expected&) { return {Type(NoneType{})}; }
  Checked infer_node(const BoolLiteral&, Span, const Expected&) { return {Type(BoolType{})}; }
  Checked infer_node(const IntLiteral& literal, Span, const Expected&);
  Checked infer_node(const FloatLiteral& literal, Span, const Expected&);
  Checked infer_node(const DurationLiteral&, Span, const Expected&) { return {Type(DurationType{})}; }
  Checked infer_node(const SizeLiteral&, Span, const Expected&) { return {Type(SizeType{})}; }
  Checked infer_node(const StringLiteral& literal, Span span, const Expected& expected);
  Checked infer_node(const Interpolation& text, Span span, const Expected& expected);
  Checked infer_node(const ListLiteral& list, Span span, const Expected& expected);
  Checked infer_node(const MapLiteral& map, Span span, const Expected& expected);
  Checked infer_node(const RecordLiteral& record, Span span, const Expected& expected);
  Checked infer_node(const Comprehension& comprehension, Span span, const Expected& expected);
  // Names and access: access_checks.cpp.
  Checked infer_node(const Reference& reference, Span span, const Expected& expected);
  Checked infer_node(const Member& member, Span span, const Expected& expected);
  Checked infer_node(const Index& index, Span span, const Expected& expected);
  Checked infer_node(const IndexAll& index, Span span, const Expected& expected);
  Checked infer_node(const Call& call, Span span, const Expected& expected);
  // Operators and choices: operator_checks.cpp.
  Checked infer_node(const Unary& unary, Span span, const Expected& expected);
  Checked infer_node(const Binary& binary, Span span, const Expected& expected);
  Checked infer_node(const IfExpression& choice, Span span, const Expected& expected);
  Checked infer_node(const MatchExpression& match, Span span, const Expected& expected);

  Checked check_arithmetic(const Binary& binary, Span span, const Expected& expected);
  Checked check_comparison(const Binary& binary, Span span);
  Checked check_logic(const Binary& binary);
  Checked check_default(const Binary& binary, const Expected& expected);
  bool refers_to_step(ExpressionId id);
  bool is_placed(std::string_view path) const;
  void warn_of_file_as_text(const StringLiteral& literal, Span span, const Type& expected);
  void check_key(ExpressionId index, const Type& found, const Type& named_by);
  void check_index_count(const StepAccess& access, const std::vector<ExpressionId>& indices, Span span);
  Checked step_output(const StepAccess& access, const Member& member);
  Checked field_of(const Checked& object, const Member& member);
  Checked narrowed(ExpressionId id, Checked checked) const;
  void report_mismatch(ExpressionId id, const Type& found, const Expected& expected);
  std::string mismatch_hint(ExpressionId id, const Type& found, const Type& expected) const;
  std::string makers_hint(const Type& wanted) const;

  const Expression& at(ExpressionId id) const { return module_.tree[id]; }
  std::optional<NameMeaning> meaning_of(const Name& name);

  const LoadedModule& module_;
  FindName find_name_;
  AllNames all_names_;
  Diagnostics& diagnostics_;
  const StageSchemas* schemas_;
  std::vector<Local> locals_;
  bool is_in_text_ = false;  // inside "${…}"
  std::vector<std::string> narrowed_;
  std::vector<std::string_view> placed_names_;

  friend class PatternChecker;
};

/// Checks the patterns of a `match`: literals of the subject's type, each once, all covered.
class PatternChecker {
 public:
  PatternChecker(ExpressionChecker& checker, Type subject, Span subject_span);
  void arm(const std::vector<ExpressionId>& patterns, Span span);
  void finish();

 private:
  ExpressionChecker& checker_;
  Type subject_;
  Span subject_span_;
  std::vector<std::string> seen_;
  bool has_wildcard_ = false;
};

/// "`a`, `b` and `c`".
std::string listed(const std::vector<std::string>& names);

}  // namespace sdlrun::dsl
