// From types as written to types. Internal to dsl/.
#pragma once

#include "dsl/check/modules.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

/// Looks up names of types in a module and the libraries it uses. Without a program (stage schemas) every dotted name is
/// a handle. What is wrong is reported and gives an unknown type.
class TypeResolver {
 public:
  TypeResolver(const Program* program, const LoadedModule& module, Diagnostics& diagnostics)
      : program_(program), module_(module), diagnostics_(diagnostics) {}

  Type resolve(TypeExpressionId id);

 private:
  Type resolve_node(const NamedTypeExpression& type, Span span);
  Type resolve_node(const EnumTypeExpression& type, Span span);
  Type resolve_node(const ListTypeExpression& type, Span span);
  Type resolve_node(const MapTypeExpression& type, Span span);
  Type resolve_node(const RecordTypeExpression& type, Span span);
  Type resolve_node(const OptionalTypeExpression& type, Span span);
  Type resolve_node(const SecretTypeExpression& type, Span span);
  Type resolve_node(const UnionTypeExpression& type, Span span);
  Type resolve_declared(const LoadedModule& module, const Name& name);
  Type resolve_anew(const TypeDeclaration& declaration, const Name& name);
  Type resolve_dotted(const NamedTypeExpression& type);
  Type unknown_type(const Name& name);
  std::optional<std::int64_t> int_bound(std::optional<ExpressionId> bound);
  std::optional<double> float_bound(std::optional<ExpressionId> bound);

  const Program* program_;
  const LoadedModule& module_;
  Diagnostics& diagnostics_;
  std::size_t parts_ = 0;
  std::vector<std::string_view> resolving_;  // names of types being resolved, to find one that contains itself
};

}  // namespace sdlrun::dsl
