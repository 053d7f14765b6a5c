#include "dsl/check/type_resolver.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "dsl/syntax/foreign_types.hpp"

namespace sdlrun::dsl {

namespace {

std::optional<Type> built_in(std::string_view name) {
  if (name == "bool") return Type(BoolType{});
  if (name == "int") return Type(IntType{});
  if (name == "float") return Type(FloatType{});
  if (name == "string") return Type(StringType{});
  if (name == "duration") return Type(DurationType{});
  if (name == "size") return Type(SizeType{});
  if (name == "file") return Type(FileType{});
  if (name == "dir") return Type(DirType{});
  return std::nullopt;
}

constexpr std::array<std::string_view, 10> built_in_names = {"bool", "int",  "float", "string", "duration",
                                                             "size", "file", "dir",   "enum",   "secret"};

/// Counting what declared types contain; comparing and showing a type walks through all of it.
constexpr std::size_t most_parts = 10'000;

constexpr std::string_view all_types = "the types are bool, int, float, string, duration, size, file, dir, enum(…), [T], {string: T}, "
                                       "{name: T}, T?, secret<T> and those declared by `type`";

}  // namespace

Type TypeResolver::resolve(TypeExpressionId id) {
  const TypeExpression& expression = module_.tree[id];
  ++parts_;
  return std::visit([&](const auto& node) { return resolve_node(node, expression.span); }, expression.node);
}

Type TypeResolver::resolve_node(const NamedTypeExpression& type, Span span) {
  if (type.path.size() == 2) return resolve_dotted(type);
  const Name& name = type.path.front();
  if (name.text == "int" && type.has_range) {
    const IntType range{int_bound(type.low), int_bound(type.high)};
    if (range.low && range.high && *range.low > *range.high) {
      diagnostics_.add({.name = "empty-range", .message = "this range has no values", .span = span,
                        .label = "the low end lies above the high end", .hint = "both ends are included: `int(1..10)`"});
    }
    return Type(range);
  }
  if (name.text == "float" && type.has_range) return Type(FloatType{float_bound(type.low), float_bound(type.high)});
  if (type.has_range) {
    diagnostics_.add({.name = "range-not-allowed", .message = "`" + std::string(name.text) + "` takes no range",
                      .span = span, .label = "only int and float do", .hint = ""});
    return {};
  }
  if (auto known = built_in(name.text)) return *known;
  return resolve_declared(module_, name);
}

Type TypeResolver::resolve_dotted(const NamedTypeExpression& type) {
  const std::string full_name = path_text(type.path);
  const auto library = module_.libraries.find(type.path[0].text);
  if (library != module_.libraries.end()) {
    for (const LoadedModule* member : library->second.modules) {
      if (member->types.contains(type.path[1].text)) {
        TypeResolver resolver(program_, *member, diagnostics_);
        Type found = resolver.resolve_declared(*member, type.path[1]);
        parts_ += resolver.parts_;
        return found;
      }
    }
    return unknown_type({full_name, join(type.path[0].span, type.path[1].span)});
  }
  if (program_ == nullptr) return Type(HandleType{full_name});
  for (const StageSchema* schema : program_->schemas.all()) {
    for (const OutputSchema& output : schema->outputs) {
      const auto* handle = output.type.as<HandleType>();
      if (handle != nullptr && handle->name == full_name) return output.type;
    }
  }
  return unknown_type({full_name, join(type.path[0].span, type.path[1].span)});
}

Type TypeResolver::resolve_declared(const LoadedModule& module, const Name& name) {
  const auto declared = module.types.find(name.text);
  if (declared == module.types.end()) return unknown_type(name);
  if (std::find(resolving_.begin(), resolving_.end(), name.text) != resolving_.end()) {
    diagnostics_.add({.name = "recursive-type", .message = "type `" + std::string(name.text) + "` contains itself",
                      .span = name.span, .label = "here", .hint = "types describe values of a fixed depth"});
    return {};
  }
  const auto known = module.resolved_types.find(name.text);
  if (known != module.resolved_types.end()) {
    parts_ += known->second.parts;
    return known->second.type;
  }
  const std::size_t before = parts_;
  Type result = resolve_anew(*declared->second, name);
  module.resolved_types.insert_or_assign(name.text, LoadedModule::ResolvedType{result, parts_ - before});
  return result;
}

Type TypeResolver::resolve_anew(const TypeDeclaration& declaration, const Name& name) {
  const std::size_t before = parts_;
  resolving_.push_back(name.text);
  const Type result = resolve(declaration.type);
  resolving_.pop_back();
  if (parts_ - before > most_parts) {
    diagnostics_.add({.name = "type-too-large", .message = "type `" + std::string(name.text) + "` has more than " + std::to_string(most_parts) + " parts",
                      .span = declaration.name.span, .label = "with all that it contains", .hint = "types that hold another twice double with each level"});
    parts_ = before + 1;
    return {};
  }
  if (const auto* record = result.as<RecordType>(); record != nullptr && record->display_name.empty()) {
    return Type(RecordType{record->fields, std::string(name.text)});
  }
  return result;
}

Type TypeResolver::unknown_type(const Name& name) {
  std::vector<std::string_view> candidates(built_in_names.begin(), built_in_names.end());
  for (const auto& [declared, declaration] : module_.types) candidates.push_back(declared);
  const std::string_view foreign = foreign_type_hint(name.text);
  diagnostics_.add({.name = "unknown-type", .message = "there is no type `" + std::string(name.text) + "`",
                    .span = name.span, .label = "not a type",
                    .hint = foreign.empty() ? did_you_mean(name.text, candidates, all_types) : std::string(foreign)});
  return {};
}

Type TypeResolver::resolve_node(const EnumTypeExpression& type, Span) {
  EnumType result;
  for (const ExpressionId id : type.members) {
    const auto* literal = std::get_if<StringLiteral>(&module_.tree[id].node);
    if (literal == nullptr) continue;
    if (std::find(result.members.begin(), result.members.end(), literal->text) != result.members.end()) {
      diagnostics_.add({.name = "duplicate-member", .message = "`" + literal->text + "` stands twice in this enum",
                        .span = module_.tree[id].span, .label = "the second time", .hint = "take one of them out"});
      continue;
    }
    result.members.push_back(literal->text);
  }
  return Type(std::move(result));
}

Type TypeResolver::resolve_node(const ListTypeExpression& type, Span) { return Type(ListType{resolve(type.element)}); }

Type TypeResolver::resolve_node(const MapTypeExpression& type, Span) {
  return Type(MapType{resolve(type.value)});
}

Type TypeResolver::resolve_node(const RecordTypeExpression& type, Span) {
  RecordType result;
  if (type.fields.size() == 1 && built_in(type.fields.front().name.text)) {
    const Name& name = type.fields.front().name;
    diagnostics_.add({.name = "map-key-type", .message = "the keys of a map are strings", .span = name.span, .label = "a type as the name of a field",
                      .hint = "write `{string: T}` for a map; give a record's field another name"});
    return {};
  }
  for (const RecordTypeField& field : type.fields) {
    if (result.find(field.name.text) != nullptr) {
      diagnostics_.add({.name = "duplicate-field", .message = "field `" + std::string(field.name.text) + "` stands twice",
                        .span = field.name.span, .label = "the second time", .hint = "take one of them out"});
      continue;
    }
    result.fields.push_back({std::string(field.name.text), resolve(field.type)});
  }
  return Type(std::move(result));
}

Type TypeResolver::resolve_node(const OptionalTypeExpression& type, Span) {
  const Type inner = resolve(type.inner);
  return inner.as<OptionalType>() != nullptr || inner.is_unknown() ? inner : Type(OptionalType{inner});
}

Type TypeResolver::resolve_node(const SecretTypeExpression& type, Span) { return Type(SecretType{resolve(type.inner)}); }

Type TypeResolver::resolve_node(const UnionTypeExpression& type, Span) {
  UnionType result;
  for (const TypeExpressionId member : type.members) result.members.push_back(resolve(member));
  return Type(std::move(result));
}

std::optional<std::int64_t> TypeResolver::int_bound(std::optional<ExpressionId> bound) {
  if (!bound) return std::nullopt;
  const Expression& expression = module_.tree[*bound];
  if (const auto* number = std::get_if<IntLiteral>(&expression.node)) return number->value;
  if (const auto* unary = std::get_if<Unary>(&expression.node)) {
    const auto* number = std::get_if<IntLiteral>(&module_.tree[unary->operand].node);
    if (number != nullptr && unary->operation == UnaryOperator::negate) return -number->value;
  }
  diagnostics_.add({.name = "bad-range-end", .message = "an end of an int's range is an integer", .span = expression.span,
                    .label = "not an integer", .hint = "for example `int(1..10)`, or `int(1..)` without a high end"});
  return std::nullopt;
}

std::optional<double> TypeResolver::float_bound(std::optional<ExpressionId> bound) {
  if (!bound) return std::nullopt;
  const Expression* expression = &module_.tree[*bound];
  double sign = 1;
  if (const auto* unary = std::get_if<Unary>(&expression->node); unary != nullptr && unary->operation == UnaryOperator::negate) {
    sign = -1;
    expression = &module_.tree[unary->operand];
  }
  if (const auto* number = std::get_if<FloatLiteral>(&expression->node)) return sign * number->value;
  if (const auto* number = std::get_if<IntLiteral>(&expression->node)) return sign * static_cast<double>(number->value);
  diagnostics_.add({.name = "bad-range-end", .message = "an end of a float's range is a number", .span = expression->span,
                    .label = "not a number", .hint = "for example `float(0.0..1.0)`"});
  return std::nullopt;
}

}  // namespace sdlrun::dsl
