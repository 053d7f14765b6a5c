// Types of operators, `if` and `match`.
#include <algorithm>
#include <limits>

#include "dsl/check/expression_checker.hpp"

namespace sdlrun::dsl {

namespace {

bool is_none_literal(const Expression& expression) { return std::holds_alternative<NoneLiteral>(expression.node); }

std::string_view operator_text(BinaryOperator operation) {
  switch (operation) {
    case BinaryOperator::add: return "+";
    case BinaryOperator::subtract: return "-";
    case BinaryOperator::multiply: return "*";
    case BinaryOperator::divide: return "/";
    case BinaryOperator::remainder: return "%";
    case BinaryOperator::equal: return "==";
    case BinaryOperator::not_equal: return "!=";
    case BinaryOperator::less: return "<";
    case BinaryOperator::less_equal: return "<=";
    case BinaryOperator::greater: return ">";
    case BinaryOperator::greater_equal: return ">=";
    case BinaryOperator::logical_and: return "and";
    case BinaryOperator::logical_or: return "or";
    case BinaryOperator::default_to: return "??";
  }
  return "";
}

/// The range of a sum, difference or product of two ranges, where all four ends are known and nothing overflows.
Type int_result(BinaryOperator operation, const IntType& left, const IntType& right) {
  if (!left.low || !left.high || !right.low || !right.high) return Type(IntType{});
  std::int64_t low = std::numeric_limits<std::int64_t>::max(), high = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t a : {*left.low, *left.high}) {
    for (const std::int64_t b : {*right.low, *right.high}) {
      std::int64_t result = 0;
      bool overflow = true;
      if (operation == BinaryOperator::add) overflow = __builtin_add_overflow(a, b, &result);
      if (operation == BinaryOperator::subtract) overflow = __builtin_sub_overflow(a, b, &result);
      if (operation == BinaryOperator::multiply) overflow = __builtin_mul_overflow(a, b, &result);
      if (overflow) return Type(IntType{});
      low = std::min(low, result);
      high = std::max(high, result);
    }
  }
  return Type(IntType{low, high});
}

/// What an arithmetic operator gives; nothing where it does not take these types.
std::optional<Type> arithmetic_result(BinaryOperator operation, const Type& left, const Type& right) {
  const bool sum = operation == BinaryOperator::add || operation == BinaryOperator::subtract;
  const auto* left_int = left.as<IntType>();
  const auto* right_int = right.as<IntType>();
  if (left_int != nullptr && right_int != nullptr) return int_result(operation, *left_int, *right_int);
  if (left.as<FloatType>() != nullptr && right.as<FloatType>() != nullptr && operation != BinaryOperator::remainder) return Type(FloatType{});
  for (const Type& measure : {Type(DurationType{}), Type(SizeType{})}) {
    if (left == measure && right == measure && sum) return measure;
    if (left == measure && right_int != nullptr && (operation == BinaryOperator::multiply || operation == BinaryOperator::divide)) return measure;
    if (right == measure && left_int != nullptr && operation == BinaryOperator::multiply) return measure;
  }
  if (operation == BinaryOperator::add && left.as<ListType>() != nullptr) return common_type(left, right);
  return std::nullopt;
}

bool is_comparable(const Type& type) {
  if (const auto* list = type.as<ListType>()) return is_comparable(list->element);
  if (const auto* optional = type.as<OptionalType>()) return is_comparable(optional->inner);
  return type.as<FileType>() == nullptr && type.as<DirType>() == nullptr && type.as<SecretType>() == nullptr && type.as<HandleType>() == nullptr;
}

bool is_ordered(const Type& type) {
  return type.as<IntType>() != nullptr || type.as<FloatType>() != nullptr || type.as<DurationType>() != nullptr ||
         type.as<SizeType>() != nullptr || type.as<StringType>() != nullptr;
}

}  // namespace

Checked ExpressionChecker::infer_node(const Unary& unary, Span span, const Expected&) {
  if (unary.operation == UnaryOperator::logical_not) {
    return {Type(BoolType{}), check(unary.operand, {Type(BoolType{}), "`not`"}).late};
  }
  const Checked operand = infer(unary.operand);
  if (const auto* number = operand.type.as<IntType>()) {
    if (number->low && number->high && *number->low != std::numeric_limits<std::int64_t>::min()) return {Type(IntType{-*number->high, -*number->low}), operand.late};
    return {Type(IntType{}), operand.late};
  }
  if (const auto* number = operand.type.as<FloatType>()) {
    FloatType negated;
    if (number->high) negated.low = -*number->high;
    if (number->low) negated.high = -*number->low;
    return {Type(negated), operand.late};
  }
  if (!operand.type.is_unknown() && operand.type.as<DurationType>() == nullptr) {
    error("wrong-operand", span, "`-` takes a number", "this is `" + type_text(operand.type) + "`", "");
    return {Type(), operand.late};
  }
  return operand;
}

Checked ExpressionChecker::infer_node(const Binary& binary, Span span, const Expected& expected) {
  switch (binary.operation) {
    case BinaryOperator::logical_and:
    case BinaryOperator::logical_or: return check_logic(binary);
    case BinaryOperator::default_to: return check_default(binary, expected);
    case BinaryOperator::equal:
    case BinaryOperator::not_equal:
    case BinaryOperator::less:
    case BinaryOperator::less_equal:
    case BinaryOperator::greater:
    case BinaryOperator::greater_equal: return check_comparison(binary, span);
    default: return check_arithmetic(binary, span, expected);
  }
}

Checked ExpressionChecker::check_logic(const Binary& binary) {
  const std::string place = "`" + std::string(operator_text(binary.operation)) + "`";
  const Checked left = check(binary.left, {Type(BoolType{}), place});
  const std::size_t mark = narrow(binary.left, binary.operation == BinaryOperator::logical_and);
  const Checked right = check(binary.right, {Type(BoolType{}), place});
  restore_narrowing(mark);
  return {Type(BoolType{}), left.late || right.late};
}

Checked ExpressionChecker::check_default(const Binary& binary, const Expected& expected) {
  const Expected optional{expected.type.is_unknown() ? Type() : Type(OptionalType{without_optional(expected.type)}), expected.place};
  const Checked left = check(binary.left, optional);
  if (!left.type.is_unknown() && left.type.as<OptionalType>() == nullptr && left.type.as<NoneType>() == nullptr) {
    error("never-none", at(binary.left).span, "`??` gives a value for the case of none", "this is `" + type_text(left.type) + "`, which is never none", "take the `??` out");
    return {left.type, left.late};
  }
  const Type inner = without_optional(left.type);
  const Checked right = check(binary.right, {expected.type.is_unknown() ? inner : expected.type, expected.place});
  const auto both = common_type(inner.as<NoneType>() != nullptr ? right.type : inner, right.type);
  return {both.value_or(Type()), left.late || right.late};
}

Checked ExpressionChecker::check_arithmetic(const Binary& binary, Span, const Expected& expected) {
  const bool list_expected = expected.type.as<ListType>() != nullptr && binary.operation == BinaryOperator::add;
  const Checked left = check(binary.left, list_expected ? expected : Expected{});
  const Checked right = check(binary.right, list_expected ? expected : Expected{});
  const bool late = left.late || right.late;
  if (left.type.is_unknown() || right.type.is_unknown()) return {Type(), late};
  if (const auto result = arithmetic_result(binary.operation, left.type, right.type)) return {*result, late};
  std::string hint = "both sides are of one kind";
  const bool mixed = (left.type.as<IntType>() != nullptr && right.type.as<FloatType>() != nullptr) || (left.type.as<FloatType>() != nullptr && right.type.as<IntType>() != nullptr);
  if (mixed) hint = "ints and floats do not mix: write `1.0`, or `float(…)`";
  if (left.type.as<StringType>() != nullptr || right.type.as<StringType>() != nullptr) hint = "put strings together with \"${a}${b}\"";
  if (left.type.as<OptionalType>() != nullptr || right.type.as<OptionalType>() != nullptr) hint = "one side may be none: give a value for that case with `?? …`";
  error("wrong-operand", binary.operator_span, "`" + std::string(operator_text(binary.operation)) + "` does not take `" + type_text(left.type) + "` and `" + type_text(right.type) + "`", "", hint);
  return {Type(), late};
}

Checked ExpressionChecker::check_comparison(const Binary& binary, Span) {
  const bool equality = binary.operation == BinaryOperator::equal || binary.operation == BinaryOperator::not_equal;
  const Checked left = infer(binary.left);
  // A string literal beside an enum is checked as one of its members.
  const bool enum_right = left.type.as<EnumType>() != nullptr && std::holds_alternative<StringLiteral>(at(binary.right).node);
  const Checked right = check(binary.right, enum_right ? Expected{left.type, "this comparison"} : Expected{});
  const Checked result{Type(BoolType{}), left.late || right.late};
  if (left.type.is_unknown() || right.type.is_unknown()) return result;
  const std::string operation = "`" + std::string(operator_text(binary.operation)) + "`";
  const bool against_none = equality && (is_none_literal(at(binary.left)) || is_none_literal(at(binary.right)));
  if (against_none) {
    const Checked& other = is_none_literal(at(binary.left)) ? right : left;
    if (other.type.as<OptionalType>() == nullptr && other.type.as<NoneType>() == nullptr) {
      error("never-none", binary.operator_span, "a `" + type_text(other.type) + "` is never none", "this comparison has one answer only", "only a type with `?` can be none");
    }
    return result;
  }
  const auto both = common_type(left.type, right.type);
  const bool enums = left.type.as<EnumType>() != nullptr || right.type.as<EnumType>() != nullptr;
  const bool fine = both && is_comparable(*both) && (equality || is_ordered(*both)) && (equality || !enums);
  if (fine) return result;
  std::string hint = equality ? "" : "numbers, strings, durations and sizes have an order";
  if (!both) hint = "both sides are of one type";
  const bool mixed = (left.type.as<IntType>() != nullptr && right.type.as<FloatType>() != nullptr) || (left.type.as<FloatType>() != nullptr && right.type.as<IntType>() != nullptr);
  if (mixed) hint = "ints and floats do not mix: write `1.0`, or `float(…)`";
  if (both && !is_comparable(*both)) hint = "files, folders, secrets and handles have no comparison: compare a value that a step makes of them";
  error("wrong-operand", binary.operator_span, operation + " does not take `" + type_text(left.type) + "` and `" + type_text(right.type) + "`", "", hint);
  return result;
}

Checked ExpressionChecker::infer_node(const IfExpression& choice, Span span, const Expected& expected) {
  const Checked condition = check(choice.condition, {Type(BoolType{}), "the condition of `if`"});
  const std::size_t mark = narrow(choice.condition, true);
  const Checked then_value = check(choice.then_value, expected);
  restore_narrowing(mark);
  narrow(choice.condition, false);
  const Checked else_value = check(choice.else_value, expected);
  restore_narrowing(mark);
  const bool late = condition.late || then_value.late || else_value.late;
  const auto both = common_type(then_value.type, else_value.type);
  if (both) return {*both, late};
  error("mixed-arms", span, "both values of an `if` are of one type", "`" + type_text(then_value.type) + "` and `" + type_text(else_value.type) + "`", "make them alike");
  return {Type(), late};
}

Checked ExpressionChecker::infer_node(const MatchExpression& match, Span, const Expected& expected) {
  const Checked subject = infer(match.subject);
  PatternChecker patterns(*this, subject.type, at(match.subject).span);
  Type common;
  bool late = subject.late;
  for (const MatchExpressionArm& arm : match.arms) {
    patterns.arm(arm.patterns, arm.span);
    const Checked value = check(arm.value, expected);
    late = late || value.late;
    const auto both = common_type(common, value.type);
    if (!both) {
      error("mixed-arms", at(arm.value).span, "the values of a `match` are of one type", "this is `" + type_text(value.type) + "`, those before are `" + type_text(common) + "`", "make them alike");
      continue;
    }
    common = *both;
  }
  patterns.finish();
  return {common, late};
}

PatternChecker::PatternChecker(ExpressionChecker& checker, Type subject, Span subject_span)
    : checker_(checker), subject_(std::move(subject)), subject_span_(subject_span) {
  const Type inner = without_optional(subject_);
  const bool matchable = inner.is_unknown() || inner.as<EnumType>() != nullptr || inner.as<StringType>() != nullptr ||
                         inner.as<IntType>() != nullptr || inner.as<BoolType>() != nullptr;
  if (matchable) return;
  checker_.error("not-matchable", subject_span_, "`match` takes an enum, a string, an int or a bool", "this is `" + type_text(subject_) + "`", "use `if … then … else …`");
  subject_ = Type();
}

void PatternChecker::arm(const std::vector<ExpressionId>& patterns, Span span) {
  if (has_wildcard_) checker_.error("unreachable-arm", span, "no value comes here", "`_` stands before it and takes all", "put `_` last");
  if (patterns.empty()) has_wildcard_ = true;
  for (const ExpressionId pattern : patterns) {
    const Expression& expression = checker_.at(pattern);
    std::string text;
    if (const auto* literal = std::get_if<StringLiteral>(&expression.node)) text = literal->text;
    else if (const auto* number = std::get_if<IntLiteral>(&expression.node)) text = std::to_string(number->value);
    else if (const auto* truth = std::get_if<BoolLiteral>(&expression.node)) text = truth->value ? "true" : "false";
    else if (is_none_literal(expression)) text = "none";
    else {
      checker_.error("bad-pattern", expression.span, "a pattern is a literal", "not a literal", "write a string, an int, true, false, none or `_`");
      continue;
    }
    const Checked checked = checker_.check(pattern, {subject_, "this `match`"});
    if (checked.type.is_unknown() && !subject_.is_unknown()) continue;
    if (std::find(seen_.begin(), seen_.end(), text) != seen_.end()) {
      checker_.error("duplicate-pattern", expression.span, "this value has an arm already", "the second time", "take one of them out");
    }
    seen_.push_back(text);
  }
}

void PatternChecker::finish() {
  if (has_wildcard_ || subject_.is_unknown()) return;
  std::vector<std::string> wanted;
  const Type inner = without_optional(subject_);
  if (const auto* members = inner.as<EnumType>()) wanted = members->members;
  if (inner.as<BoolType>() != nullptr) wanted = {"true", "false"};
  const bool finite = !wanted.empty();
  if (subject_.as<OptionalType>() != nullptr) wanted.emplace_back("none");
  std::vector<std::string> missing;
  for (const std::string& member : wanted) {
    if (std::find(seen_.begin(), seen_.end(), member) == seen_.end()) missing.push_back(member);
  }
  if (finite && missing.empty()) return;
  const std::string label = finite ? "no arm for " + listed(missing) : "any other value has no arm";
  checker_.error("not-exhaustive", subject_span_, "this `match` does not cover every value", label, "add the missing arm, or `_ => …` for all others");
}

namespace {

/// `a`, `a.b`: what narrowing can speak of; empty for anything else.
std::string path_of(const Module& tree, ExpressionId id) {
  const ExpressionNode& node = tree[id].node;
  if (const auto* reference = std::get_if<Reference>(&node)) return std::string(reference->name.text);
  const auto* member = std::get_if<Member>(&node);
  if (member == nullptr) return {};
  const std::string object = path_of(tree, member->object);
  return object.empty() ? object : object + "." + std::string(member->member.text);
}

}  // namespace

std::size_t ExpressionChecker::narrow(ExpressionId condition, bool truth) {
  const std::size_t mark = narrowed_.size();
  const ExpressionNode& node = at(condition).node;
  if (const auto* unary = std::get_if<Unary>(&node); unary != nullptr && unary->operation == UnaryOperator::logical_not) {
    narrow(unary->operand, !truth);
  }
  const auto* binary = std::get_if<Binary>(&node);
  if (binary == nullptr) return mark;
  const BinaryOperator conjunction = truth ? BinaryOperator::logical_and : BinaryOperator::logical_or;
  if (binary->operation == conjunction) {
    narrow(binary->left, truth);
    narrow(binary->right, truth);
  }
  const BinaryOperator differs = truth ? BinaryOperator::not_equal : BinaryOperator::equal;
  if (binary->operation != differs) return mark;
  const bool none_left = is_none_literal(at(binary->left));
  if (!none_left && !is_none_literal(at(binary->right))) return mark;
  std::string path = path_of(module_.tree, none_left ? binary->right : binary->left);
  if (!path.empty()) narrowed_.push_back(std::move(path));
  return mark;
}

Checked ExpressionChecker::narrowed(ExpressionId id, Checked checked) const {
  const auto* optional = checked.type.as<OptionalType>();
  if (optional == nullptr || narrowed_.empty()) return checked;
  const std::string path = path_of(module_.tree, id);
  if (path.empty() || std::find(narrowed_.begin(), narrowed_.end(), path) == narrowed_.end()) return checked;
  return {optional->inner, checked.late};
}

}  // namespace sdlrun::dsl
