#include <charconv>

#include "dsl/types/type.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

namespace {

std::string number_text(std::int64_t number) { return std::to_string(number); }
std::string number_text(double number) { return plain_text(Value(Value::Data(number))); }

template <typename Range>
std::string range_text(const char* name, const Range& range) {
  std::string text = name;
  // A literal's type is the range of its one value; people call it an int.
  if ((!range.low && !range.high) || range.low == range.high) return text;
  text += '(';
  if (range.low) text += number_text(*range.low);
  text += "..";
  if (range.high) text += number_text(*range.high);
  return text + ')';
}

struct TypeWriter {
  std::string operator()(const UnknownType&) const { return "unknown"; }
  std::string operator()(const NoneType&) const { return "none"; }
  std::string operator()(const BoolType&) const { return "bool"; }
  std::string operator()(const IntType& type) const { return range_text("int", type); }
  std::string operator()(const FloatType& type) const { return range_text("float", type); }
  std::string operator()(const StringType&) const { return "string"; }
  std::string operator()(const DurationType&) const { return "duration"; }
  std::string operator()(const SizeType&) const { return "size"; }
  std::string operator()(const FileType&) const { return "file"; }
  std::string operator()(const DirType&) const { return "dir"; }
  std::string operator()(const EnumType& type) const {
    std::string text = "enum(";
    for (const std::string& member : type.members) {
      if (text.back() != '(') text += ", ";
      text += value_text(Value::text(member));
    }
    return text + ')';
  }
  std::string operator()(const ListType& type) const { return '[' + type_text(type.element) + ']'; }
  std::string operator()(const MapType& type) const { return "{string: " + type_text(type.value) + '}'; }
  std::string operator()(const RecordType& type) const {
    if (!type.display_name.empty()) return type.display_name;
    std::string text = "{";
    for (const RecordField& field : type.fields) {
      if (text.size() > 1) text += ", ";
      text += field.name + ": " + type_text(field.type);
    }
    return text + '}';
  }
  std::string operator()(const OptionalType& type) const {
    const std::string inner = type_text(type.inner);
    return type.inner.as<UnionType>() != nullptr ? '(' + inner + ")?" : inner + '?';
  }
  std::string operator()(const SecretType& type) const { return "secret<" + type_text(type.inner) + '>'; }
  std::string operator()(const HandleType& type) const { return type.name; }
  std::string operator()(const UnionType& type) const {
    std::string text;
    for (const Type& member : type.members) text += (text.empty() ? "" : " | ") + type_text(member);
    return text;
  }
};

}  // namespace

std::string type_text(const Type& type) {
  return std::visit(TypeWriter{}, static_cast<const TypeNode::variant&>(type.node()));
}

}  // namespace sdlrun::dsl
