// Types of values: what is known of a value before anything has run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sdlrun::dsl {

struct TypeNode;

/// An immutable type, cheap to copy. Equality is structural; a record's display name does not count.
class Type {
 public:
  /// The type of what was already reported as wrong; it fits everywhere, so that one mistake gives one error.
  Type();
  explicit Type(TypeNode node);

  const TypeNode& node() const { return *node_; }
  bool is_unknown() const;
  template <typename Kind>
  const Kind* as() const;

  friend bool operator==(const Type& left, const Type& right);

 private:
  std::shared_ptr<const TypeNode> node_;
};

struct UnknownType {
  friend bool operator==(const UnknownType&, const UnknownType&) = default;
};
/// The type of `none` alone; it fits every optional.
struct NoneType {
  friend bool operator==(const NoneType&, const NoneType&) = default;
};
struct BoolType {
  friend bool operator==(const BoolType&, const BoolType&) = default;
};
/// Both ends are included.
struct IntType {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  friend bool operator==(const IntType&, const IntType&) = default;
};
struct FloatType {
  std::optional<double> low;
  std::optional<double> high;
  friend bool operator==(const FloatType&, const FloatType&) = default;
};
struct StringType {
  friend bool operator==(const StringType&, const StringType&) = default;
};
struct DurationType {
  friend bool operator==(const DurationType&, const DurationType&) = default;
};
struct SizeType {
  friend bool operator==(const SizeType&, const SizeType&) = default;
};
struct FileType {
  friend bool operator==(const FileType&, const FileType&) = default;
};
struct DirType {
  friend bool operator==(const DirType&, const DirType&) = default;
};
struct EnumType {
  std::vector<std::string> members;
  friend bool operator==(const EnumType&, const EnumType&) = default;
};
struct ListType {
  Type element;
  friend bool operator==(const ListType&, const ListType&) = default;
};
/// Keys are strings.
struct MapType {
  Type value;
  friend bool operator==(const MapType&, const MapType&) = default;
};
struct RecordField {
  std::string name;
  Type type;
  friend bool operator==(const RecordField&, const RecordField&) = default;
};
struct RecordType {
  std::vector<RecordField> fields;
  /// The name of the `type` that declared it, for messages only.
  std::string display_name;
  const RecordField* find(std::string_view name) const;
  friend bool operator==(const RecordType& left, const RecordType& right) { return left.fields == right.fields; }
};
struct OptionalType {
  Type inner;
  friend bool operator==(const OptionalType&, const OptionalType&) = default;
};
struct SecretType {
  Type inner;
  friend bool operator==(const SecretType&, const SecretType&) = default;
};
/// A value that only stages look into, such as a Python environment: `python.environment`, `spark.cluster`. Types of
/// one name are the same.
struct HandleType {
  std::string name;
  friend bool operator==(const HandleType&, const HandleType&) = default;
};
struct UnionType {
  std::vector<Type> members;
  friend bool operator==(const UnionType&, const UnionType&) = default;
};

struct TypeNode : std::variant<UnknownType, NoneType, BoolType, IntType, FloatType, StringType, DurationType, SizeType,
                               FileType, DirType, EnumType, ListType, MapType, RecordType, OptionalType, SecretType,
                               HandleType, UnionType> {
  using variant::variant;
};

template <typename Kind>
const Kind* Type::as() const {
  return std::get_if<Kind>(static_cast<const TypeNode::variant*>(node_.get()));
}

/// As a user would write it: `int(1..1000)`, `{name: string}`, `Cluster`.
std::string type_text(const Type& type);

/// True if a value of type `from` may stand where `to` is expected: equal types, int and float ranges that lie within,
/// an enum as a string or as an enum with more members, `T` as `T?`, none as `T?`, a record with the same fields (an
/// optional field may be missing), lists and maps by their elements, a member of a union. Nothing else converts.
bool fits(const Type& from, const Type& to);

/// Like fits, but ranges of numbers need only overlap: whether the value lies within is then checked when it is known.
bool may_fit(const Type& from, const Type& to);

/// The narrowest type that both fit, or nothing.
std::optional<Type> common_type(const Type& left, const Type& right);

/// The type without `?`.
Type without_optional(const Type& type);

}  // namespace sdlrun::dsl
