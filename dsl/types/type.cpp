#include "dsl/types/type.hpp"

#include <algorithm>

namespace sdlrun::dsl {

Type::Type() {
  static const auto unknown = std::make_shared<const TypeNode>(UnknownType{});
  node_ = unknown;
}

Type::Type(TypeNode node) : node_(std::make_shared<const TypeNode>(std::move(node))) {}

bool Type::is_unknown() const { return as<UnknownType>() != nullptr; }

bool operator==(const Type& left, const Type& right) {
  if (left.node_ == right.node_) return true;
  const TypeNode::variant& left_node = *left.node_;
  const TypeNode::variant& right_node = *right.node_;
  return left_node == right_node;
}

const RecordField* RecordType::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const RecordField& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

namespace {

/// Whether a range of numbers must lie within the other or need only overlap with it.
enum class RangeRule { within, overlap };

template <typename Range>
bool range_fits(const Range& from, const Range& to, RangeRule rule) {
  if (rule == RangeRule::overlap) {
    const bool below = from.high && to.low && *from.high < *to.low;
    const bool above = from.low && to.high && *from.low > *to.high;
    return !below && !above;
  }
  if (to.low && (!from.low || *from.low < *to.low)) return false;
  return !to.high || (from.high && *from.high <= *to.high);
}

bool fits_by(RangeRule rule, const Type& from, const Type& to);

template <typename Range>
Range range_over(const Range& left, const Range& right) {
  Range result;
  if (left.low && right.low) result.low = std::min(*left.low, *right.low);
  if (left.high && right.high) result.high = std::max(*left.high, *right.high);
  return result;
}

bool record_fits(RangeRule rule, const RecordType& from, const RecordType& to) {
  const bool all_known = std::all_of(from.fields.begin(), from.fields.end(),
                                     [&](const RecordField& field) { return to.find(field.name) != nullptr; });
  if (!all_known) return false;
  return std::all_of(to.fields.begin(), to.fields.end(), [&](const RecordField& wanted) {
    const RecordField* given = from.find(wanted.name);
    return given != nullptr ? fits_by(rule, given->type, wanted.type) : wanted.type.as<OptionalType>() != nullptr;
  });
}

/// `from` and `to` are of the same kind.
struct SameKindFits {
  RangeRule rule;
  const Type& to;

  bool operator()(const IntType& from) const { return range_fits(from, *to.as<IntType>(), rule); }
  bool operator()(const FloatType& from) const { return range_fits(from, *to.as<FloatType>(), rule); }
  bool operator()(const EnumType& from) const {
    const std::vector<std::string>& members = to.as<EnumType>()->members;
    return std::all_of(from.members.begin(), from.members.end(), [&](const std::string& member) {
      return std::find(members.begin(), members.end(), member) != members.end();
    });
  }
  bool operator()(const ListType& from) const { return fits_by(rule, from.element, to.as<ListType>()->element); }
  bool operator()(const MapType& from) const { return fits_by(rule, from.value, to.as<MapType>()->value); }
  bool operator()(const RecordType& from) const { return record_fits(rule, from, *to.as<RecordType>()); }
  bool operator()(const OptionalType& from) const { return fits_by(rule, from.inner, to.as<OptionalType>()->inner); }
  bool operator()(const SecretType& from) const { return fits_by(rule, from.inner, to.as<SecretType>()->inner); }
  bool operator()(const HandleType& from) const { return from == *to.as<HandleType>(); }
  template <typename Plain>
  bool operator()(const Plain&) const {
    return true;
  }
};

bool fits_by(RangeRule rule, const Type& from, const Type& to) {
  if (from.is_unknown() || to.is_unknown()) return true;
  if (const auto* from_union = from.as<UnionType>()) {
    return std::all_of(from_union->members.begin(), from_union->members.end(),
                       [&](const Type& member) { return fits_by(rule, member, to); });
  }
  if (const auto* to_union = to.as<UnionType>()) {
    return std::any_of(to_union->members.begin(), to_union->members.end(),
                       [&](const Type& member) { return fits_by(rule, from, member); });
  }
  if (const auto* to_optional = to.as<OptionalType>(); to_optional != nullptr && from.as<OptionalType>() == nullptr) {
    return from.as<NoneType>() != nullptr || fits_by(rule, from, to_optional->inner);
  }
  if (from.as<EnumType>() != nullptr && to.as<StringType>() != nullptr) return true;
  if (from.node().index() != to.node().index()) return false;
  return std::visit(SameKindFits{rule, to}, static_cast<const TypeNode::variant&>(from.node()));
}

}  // namespace

bool fits(const Type& from, const Type& to) { return fits_by(RangeRule::within, from, to); }

bool may_fit(const Type& from, const Type& to) { return fits_by(RangeRule::overlap, from, to); }

std::optional<Type> common_type(const Type& left, const Type& right) {
  if (left.is_unknown()) return right;
  if (fits(left, right)) return right;
  if (fits(right, left)) return left;
  const auto* left_optional = left.as<OptionalType>();
  const auto* right_optional = right.as<OptionalType>();
  const bool has_none = left.as<NoneType>() != nullptr || right.as<NoneType>() != nullptr;
  if (has_none || left_optional != nullptr || right_optional != nullptr) {
    if (left.as<NoneType>() != nullptr) return Type(OptionalType{right});
    if (right.as<NoneType>() != nullptr) return Type(OptionalType{left});
    const auto inner = common_type(left_optional != nullptr ? left_optional->inner : left,
                                   right_optional != nullptr ? right_optional->inner : right);
    return inner ? std::optional(Type(OptionalType{*inner})) : std::nullopt;
  }
  if (left.node().index() != right.node().index()) return std::nullopt;
  if (const auto* left_int = left.as<IntType>()) return Type(range_over(*left_int, *right.as<IntType>()));
  if (const auto* left_float = left.as<FloatType>()) return Type(range_over(*left_float, *right.as<FloatType>()));
  if (left.as<EnumType>() != nullptr) return Type(StringType{});
  if (const auto* left_list = left.as<ListType>()) {
    const auto element = common_type(left_list->element, right.as<ListType>()->element);
    return element ? std::optional(Type(ListType{*element})) : std::nullopt;
  }
  if (const auto* left_map = left.as<MapType>()) {
    const auto value = common_type(left_map->value, right.as<MapType>()->value);
    return value ? std::optional(Type(MapType{*value})) : std::nullopt;
  }
  return std::nullopt;
}

Type without_optional(const Type& type) {
  const auto* optional = type.as<OptionalType>();
  return optional == nullptr ? type : optional->inner;
}

}  // namespace sdlrun::dsl
