// Types in canonical form.
#include "dsl/syntax/expression_formatter.hpp"
#include "dsl/syntax/overloaded.hpp"

namespace sdlrun::dsl {

void ExpressionFormatter::named_type(const NamedTypeExpression& type) {
  for (std::size_t at = 0; at < type.path.size(); ++at) {
    if (at > 0) page_.write(".");
    page_.write(type.path[at].text);
  }
  if (!type.has_range) return;
  page_.write("(");
  if (type.low) expression(*type.low);
  page_.write("..");
  if (type.high) expression(*type.high);
  page_.write(")");
}

void ExpressionFormatter::record_type(const RecordTypeExpression& type, Span span) {
  std::vector<Part> parts;
  for (const RecordTypeField& field : type.fields) {
    parts.push_back({join(field.name.span, module_[field.type].span), [this, &field] {
                       page_.write(field.name.text);
                       page_.write(": ");
                       this->type(field.type);
                     }});
  }
  group(braces, span, parts);
}

void ExpressionFormatter::type(TypeExpressionId id) {
  if (page_.hopeless()) return;
  const TypeExpression& expression = module_[id];
  const auto nested = [&](TypeExpressionId inner) {
    const bool is_optional = std::holds_alternative<OptionalTypeExpression>(expression.node);
    const bool enclosed = std::holds_alternative<UnionTypeExpression>(module_[inner].node) ||
                          (is_optional && std::holds_alternative<OptionalTypeExpression>(module_[inner].node));
    if (enclosed) page_.write("(");
    type(inner);
    if (enclosed) page_.write(")");
  };
  std::visit(overloaded{
                 [&](const NamedTypeExpression& node) { named_type(node); },
                 [&](const EnumTypeExpression& node) {
                   std::vector<Part> parts;
                   for (const ExpressionId member : node.members) {
                     parts.push_back({module_[member].span, [this, member] { this->expression(member); }});
                   }
                   page_.write("enum");
                   group(round, expression.span, parts);
                 },
                 [&](const ListTypeExpression& node) {
                   page_.write("[");
                   type(node.element);
                   page_.write("]");
                 },
                 [&](const MapTypeExpression& node) {
                   page_.write("{string: ");
                   type(node.value);
                   page_.write("}");
                 },
                 [&](const RecordTypeExpression& node) { record_type(node, expression.span); },
                 [&](const OptionalTypeExpression& node) {
                   nested(node.inner);
                   page_.write("?");
                 },
                 [&](const SecretTypeExpression& node) {
                   page_.write("secret<");
                   type(node.inner);
                   page_.write(">");
                 },
                 [&](const UnionTypeExpression& node) {
                   for (std::size_t at = 0; at < node.members.size(); ++at) {
                     if (at > 0) page_.write(" | ");
                     nested(node.members[at]);
                   }
                 },
             },
             expression.node);
}

}  // namespace sdlrun::dsl
