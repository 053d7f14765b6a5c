// Values of operators. Whole numbers that overflow, and divisions by zero, are errors.
#include <cmath>

#include "dsl/evaluate/evaluator.hpp"

namespace sdlrun::dsl {

namespace {

bool is_not_a_number(const Value& value) {
  const auto* number = value.as<double>();
  return number != nullptr && std::isnan(*number);
}

std::optional<bool> comparison(BinaryOperator operation, const Value& left, const Value& right) {
  // As IEEE 754 has it: nothing holds of what is not a number, but that it differs.
  if (is_not_a_number(left) || is_not_a_number(right)) return operation == BinaryOperator::not_equal;
  switch (operation) {
    case BinaryOperator::equal: return left == right;
    case BinaryOperator::not_equal: return !(left == right);
    case BinaryOperator::less: return is_less(left, right);
    case BinaryOperator::less_equal: return !is_less(right, left);
    case BinaryOperator::greater: return is_less(right, left);
    case BinaryOperator::greater_equal: return !is_less(left, right);
    default: return std::nullopt;
  }
}

struct IntResult {
  std::int64_t value = 0;
  bool overflow = false;
};

IntResult int_arithmetic(BinaryOperator operation, std::int64_t left, std::int64_t right) {
  IntResult result;
  switch (operation) {
    case BinaryOperator::add: result.overflow = __builtin_add_overflow(left, right, &result.value); break;
    case BinaryOperator::subtract: result.overflow = __builtin_sub_overflow(left, right, &result.value); break;
    case BinaryOperator::multiply: result.overflow = __builtin_mul_overflow(left, right, &result.value); break;
    // The one quotient that does not fit: the smallest int by -1.
    case BinaryOperator::divide:
      if (right == -1) return int_arithmetic(BinaryOperator::subtract, 0, left);
      result.value = left / right;
      break;
    case BinaryOperator::remainder: result.value = right == -1 ? 0 : left % right; break;
    default: break;
  }
  return result;
}

double float_arithmetic(BinaryOperator operation, double left, double right) {
  switch (operation) {
    case BinaryOperator::add: return left + right;
    case BinaryOperator::subtract: return left - right;
    case BinaryOperator::multiply: return left * right;
    default: return left / right;
  }
}

/// The whole number in an int, a duration or a size.
std::optional<std::int64_t> whole_of(const Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return *number;
  if (const auto* duration = value.as<Duration>()) return duration->milliseconds;
  if (const auto* size = value.as<Size>()) return size->bytes;
  return std::nullopt;
}

/// A whole number as the measure that takes part: duration and size win over int.
Value with_measure(const Value& left, const Value& right, std::int64_t whole) {
  for (const Value* side : {&left, &right}) {
    if (side->as<Duration>() != nullptr) return Value(Value::Data(Duration{whole}));
    if (side->as<Size>() != nullptr) return Value(Value::Data(Size{whole}));
  }
  return Value::integer(whole);
}

}  // namespace

std::optional<Value> Evaluator::node_value(const Unary& unary, const Place& place) {
  const auto operand = evaluate(unary.operand, place.scope, {});
  if (!operand) return std::nullopt;
  if (unary.operation == UnaryOperator::logical_not) return Value::boolean(!*operand->as<bool>());
  if (const auto* number = operand->as<double>()) return Value(Value::Data(-*number));
  const IntResult result = int_arithmetic(BinaryOperator::subtract, 0, whole_of(*operand).value_or(0));
  if (!result.overflow) return with_measure(*operand, *operand, result.value);
  error("number-overflow", place.span, "this number is larger than an int can be", "overflows", "");
  return std::nullopt;
}

std::optional<Value> Evaluator::node_value(const Binary& binary, const Place& place) {
  if (binary.operation == BinaryOperator::logical_and || binary.operation == BinaryOperator::logical_or) return logic_value(binary, place);
  if (binary.operation == BinaryOperator::default_to) return default_value(binary, place);
  const bool list_expected = place.expected.as<ListType>() != nullptr;
  const auto left = evaluate(binary.left, place.scope, list_expected ? place.expected : Type());
  const auto right = evaluate(binary.right, place.scope, list_expected ? place.expected : Type());
  if (!left || !right) return std::nullopt;
  if (const auto truth = comparison(binary.operation, *left, *right)) return Value::boolean(*truth);
  return arithmetic_value(binary, *left, *right, place.span);
}

/// `and` and `or` need their right side only where the left one does not decide.
std::optional<Value> Evaluator::logic_value(const Binary& binary, const Place& place) {
  const bool deciding = binary.operation == BinaryOperator::logical_or;
  const auto left = evaluate(binary.left, place.scope, Type(BoolType{}));
  if (left && *left->as<bool>() == deciding) return left;
  if (failed_) return std::nullopt;
  const auto right = evaluate(binary.right, place.scope, Type(BoolType{}));
  return left ? right : std::nullopt;
}

std::optional<Value> Evaluator::default_value(const Binary& binary, const Place& place) {
  const Type optional = place.expected.is_unknown() || place.expected.as<OptionalType>() != nullptr ? place.expected : Type(OptionalType{place.expected});
  const auto left = evaluate(binary.left, place.scope, optional);
  if (left && !left->is_none()) return left;
  if (failed_) return std::nullopt;
  const auto right = evaluate(binary.right, place.scope, place.expected);
  return left ? right : std::nullopt;
}

std::optional<Value> Evaluator::arithmetic_value(const Binary& binary, const Value& left, const Value& right, Span span) {
  if (const List* first = left.as_list()) {
    List both = *first;
    both.insert(both.end(), right.as_list()->begin(), right.as_list()->end());
    return Value::list(std::move(both));
  }
  const bool division = binary.operation == BinaryOperator::divide || binary.operation == BinaryOperator::remainder;
  const auto divides_by_zero = [&]() -> std::optional<Value> {
    error("division-by-zero", binary.operator_span, "this divides by zero", "the right side is 0", "");
    return std::nullopt;
  };
  if (left.as<double>() != nullptr) {
    if (division && *right.as<double>() == 0) return divides_by_zero();
    return Value(Value::Data(float_arithmetic(binary.operation, *left.as<double>(), *right.as<double>())));
  }
  const auto left_whole = whole_of(left);
  const auto right_whole = whole_of(right);
  if (!left_whole || !right_whole) return std::nullopt;
  if (division && *right_whole == 0) return divides_by_zero();
  const IntResult result = int_arithmetic(binary.operation, *left_whole, *right_whole);
  if (!result.overflow) return with_measure(left, right, result.value);
  error("number-overflow", span, "this number is larger than an int can be", "overflows", "");
  return std::nullopt;
}

}  // namespace sdlrun::dsl
