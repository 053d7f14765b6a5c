#include "dsl/functions/list_functions.hpp"

#include <algorithm>
#include <cmath>

#include "dsl/functions/argument.hpp"

namespace sdlrun::dsl {

namespace {

const Type int_type{IntType{}};

/// A pipeline is for people and machines to look at: more elements than this in one list are a mistake.
constexpr std::int64_t longest_range = 10'000'000;

CallType type_of_range(std::span<const Type> arguments) {
  for (const Type& argument : arguments) {
    if (!fits(argument, int_type)) return tl::unexpected(wrong_argument("integers", argument));
  }
  return Type(ListType{int_type});
}

CallValue range(std::span<const Value> arguments, const std::filesystem::path&) {
  const std::int64_t begin = arguments.size() == 1 ? 0 : *arguments[0].as<std::int64_t>();
  const std::int64_t end = arguments.size() == 1 ? *arguments[0].as<std::int64_t>() : *arguments[1].as<std::int64_t>();
  if (end > begin && static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin) > longest_range) {
    return tl::unexpected(CallError{"this range has more than 10000000 elements", "check its ends"});
  }
  List numbers;
  for (std::int64_t number = begin; number < end; ++number) numbers.push_back(Value::integer(number));
  return Value::list(std::move(numbers));
}

CallType type_of_length(std::span<const Type> arguments) {
  const Type& given = arguments[0];
  const bool countable = given.is_unknown() || given.as<ListType>() != nullptr || given.as<MapType>() != nullptr ||
                         fits(given, Type(StringType{}));
  if (!countable) return tl::unexpected(wrong_argument("a list, a map or a string", given));
  return Type(IntType{.low = 0, .high = std::nullopt});
}

CallValue length(std::span<const Value> arguments, const std::filesystem::path&) {
  const Value& value = arguments[0];
  if (const List* list = value.as_list()) return Value::integer(static_cast<std::int64_t>(list->size()));
  if (const Fields* fields = value.as_fields()) return Value::integer(static_cast<std::int64_t>(fields->size()));
  const std::string& text = text_of(value);
  return Value::integer(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

CallType type_of_contains(std::span<const Type> arguments) {
  if (arguments[0].is_unknown()) return Type(BoolType{});
  const Type text{StringType{}};
  if (fits(arguments[0], text)) return expect(arguments[1], text, "a string second", Type(BoolType{}));
  if (arguments[0].as<MapType>() != nullptr) return expect(arguments[1], text, "a key second", Type(BoolType{}));
  const auto element = element_type(arguments[0]);
  if (!element) return tl::unexpected(wrong_argument("a list, a map or a string first", arguments[0]));
  if (!common_type(*element, arguments[1])) return tl::unexpected(wrong_argument("an element of the list second", arguments[1]));
  return Type(BoolType{});
}

CallValue contains(std::span<const Value> arguments, const std::filesystem::path&) {
  if (const List* list = arguments[0].as_list()) {
    return Value::boolean(std::find(list->begin(), list->end(), arguments[1]) != list->end());
  }
  if (arguments[0].as_fields() != nullptr) return Value::boolean(arguments[0].find(text_of(arguments[1])) != nullptr);
  return Value::boolean(text_of(arguments[0]).find(text_of(arguments[1])) != std::string::npos);
}

/// Ordered values: numbers, strings, durations, sizes.
bool has_order(const Type& type) {
  return type.is_unknown() || type.as<IntType>() != nullptr || type.as<FloatType>() != nullptr ||
         type.as<DurationType>() != nullptr || type.as<SizeType>() != nullptr || fits(type, Type(StringType{}));
}

CallType ordered_list(std::span<const Type> arguments) {
  const auto element = element_type(arguments[0]);
  if (!element) return element;
  if (!has_order(*element)) return tl::unexpected(wrong_argument("a list of numbers, strings, durations or sizes", arguments[0]));
  return arguments[0];
}

CallType element_of_ordered_list(std::span<const Type> arguments) {
  const auto list = ordered_list(arguments);
  return list ? element_type(arguments[0]) : list;
}

CallValue sort(std::span<const Value> arguments, const std::filesystem::path&) {
  List sorted = *arguments[0].as_list();
  std::stable_sort(sorted.begin(), sorted.end(), is_less);
  return Value::list(std::move(sorted));
}

CallError empty_list() { return {"the list is empty", "ask with `if length(…) > 0` first"}; }

CallValue smallest(std::span<const Value> arguments, const std::filesystem::path&) {
  const List& list = *arguments[0].as_list();
  if (list.empty()) return tl::unexpected(empty_list());
  return *std::min_element(list.begin(), list.end(), is_less);
}

CallValue largest(std::span<const Value> arguments, const std::filesystem::path&) {
  const List& list = *arguments[0].as_list();
  if (list.empty()) return tl::unexpected(empty_list());
  return *std::max_element(list.begin(), list.end(), is_less);
}

CallType type_of_sum(std::span<const Type> arguments) {
  const auto element = element_type(arguments[0]);
  if (!element || element->is_unknown()) return element;
  if (element->as<IntType>() != nullptr) return int_type;
  if (element->as<FloatType>() != nullptr) return Type(FloatType{});
  return tl::unexpected(wrong_argument("a list of numbers", arguments[0]));
}

CallValue sum(std::span<const Value> arguments, const std::filesystem::path&) {
  std::int64_t whole = 0;
  double real = 0;
  bool is_real = false;
  for (const Value& element : *arguments[0].as_list()) {
    if (const auto* number = element.as<double>()) {
      real += *number;
      is_real = true;
    } else if (__builtin_add_overflow(whole, *element.as<std::int64_t>(), &whole)) {
      return tl::unexpected(CallError{"the sum is larger than an int can be", "use floats: `float(x)`"});
    }
  }
  return is_real ? Value(Value::Data(real)) : Value::integer(whole);
}

CallType same_list(std::span<const Type> arguments) {
  const auto element = element_type(arguments[0]);
  return element ? CallType(arguments[0]) : element;
}

CallValue unique(std::span<const Value> arguments, const std::filesystem::path&) {
  List result;
  for (const Value& element : *arguments[0].as_list()) {
    if (std::find(result.begin(), result.end(), element) == result.end()) result.push_back(element);
  }
  return Value::list(std::move(result));
}

CallType type_of_flatten(std::span<const Type> arguments) {
  const auto inner = element_type(arguments[0]);
  if (!inner) return inner;
  if (!inner->is_unknown() && inner->as<ListType>() == nullptr) return tl::unexpected(wrong_argument("a list of lists", arguments[0]));
  return *inner;
}

CallValue flatten(std::span<const Value> arguments, const std::filesystem::path&) {
  List result;
  for (const Value& inner : *arguments[0].as_list()) result.insert(result.end(), inner.as_list()->begin(), inner.as_list()->end());
  return Value::list(std::move(result));
}

CallType type_of_keys(std::span<const Type> arguments) {
  if (!arguments[0].is_unknown() && arguments[0].as<MapType>() == nullptr) return tl::unexpected(wrong_argument("a map", arguments[0]));
  return Type(ListType{Type(StringType{})});
}

CallValue keys(std::span<const Value> arguments, const std::filesystem::path&) {
  List result;
  for (const auto& entry : *arguments[0].as_fields()) result.push_back(Value::text(entry.first));
  return Value::list(std::move(result));
}

CallType type_of_values(std::span<const Type> arguments) {
  if (arguments[0].is_unknown()) return Type();
  const auto* map = arguments[0].as<MapType>();
  if (map == nullptr) return tl::unexpected(wrong_argument("a map", arguments[0]));
  return Type(ListType{map->value});
}

CallValue values(std::span<const Value> arguments, const std::filesystem::path&) {
  List result;
  for (const auto& entry : *arguments[0].as_fields()) result.push_back(entry.second);
  return Value::list(std::move(result));
}

CallType type_of_float(std::span<const Type> arguments) { return expect(arguments[0], int_type, "an int", Type(FloatType{})); }
CallType type_of_round(std::span<const Type> arguments) { return expect(arguments[0], Type(FloatType{}), "a float", int_type); }

CallValue to_float(std::span<const Value> arguments, const std::filesystem::path&) {
  return Value(Value::Data(static_cast<double>(*arguments[0].as<std::int64_t>())));
}

CallValue round_to_int(std::span<const Value> arguments, const std::filesystem::path&) {
  const double rounded = std::round(*arguments[0].as<double>());
  constexpr double largest_int = 9.2e18;
  if (!(std::fabs(rounded) < largest_int)) return tl::unexpected(CallError{"this number does not fit an int", ""});
  return Value::integer(static_cast<std::int64_t>(rounded));
}

}  // namespace

std::vector<Function> list_functions() {
  return {
      {"range", "range(end: int) -> [int], range(begin: int, end: int) -> [int]", "The integers from `begin` (0) up to, not including, `end`.", 1, 2, type_of_range, range},
      {"length", "length(value: [T] | {string: T} | string) -> int", "How many elements, entries or characters.", 1, 1, type_of_length, length},
      {"contains", "contains(list: [T], element: T) -> bool", "Whether a list has an element, a map a key, a text a part.", 2, 2, type_of_contains, contains},
      {"sort", "sort(list: [T]) -> [T]", "The elements in ascending order.", 1, 1, ordered_list, sort},
      {"unique", "unique(list: [T]) -> [T]", "The elements without repetition, in their order.", 1, 1, same_list, unique},
      {"flatten", "flatten(lists: [[T]]) -> [T]", "The elements of all the lists.", 1, 1, type_of_flatten, flatten},
      {"keys", "keys(map: {string: T}) -> [string]", "The keys of a map, in its order.", 1, 1, type_of_keys, keys},
      {"values", "values(map: {string: T}) -> [T]", "The values of a map, in its order.", 1, 1, type_of_values, values},
      {"min", "min(list: [T]) -> T", "The smallest element.", 1, 1, element_of_ordered_list, smallest},
      {"max", "max(list: [T]) -> T", "The largest element.", 1, 1, element_of_ordered_list, largest},
      {"sum", "sum(list: [int]) -> int, sum(list: [float]) -> float", "The sum of numbers.", 1, 1, type_of_sum, sum},
      {"float", "float(number: int) -> float", "An int as a float.", 1, 1, type_of_float, to_float},
      {"round", "round(number: float) -> int", "The nearest int, halves away from zero.", 1, 1, type_of_round, round_to_int},
  };
}

}  // namespace sdlrun::dsl
