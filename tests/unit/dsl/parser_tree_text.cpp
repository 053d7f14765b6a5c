#include "parser_tree_text.hpp"

#include <sstream>

#include "dsl/syntax/operators.hpp"

namespace sdlrun::dsl {

namespace {

/// `(head part part …)`.
class TreeWriter {
 public:
  explicit TreeWriter(const Module& module) : module_(module) {}

  std::string operator()(ExpressionId id) const {
    return std::visit([this](const auto& node) { return (*this)(node); }, module_[id].node);
  }
  std::string operator()(TypeExpressionId id) const {
    return std::visit([this](const auto& node) { return (*this)(node); }, module_[id].node);
  }
  std::string operator()(StageCallId id) const { return (*this)(module_.call(id)); }
  std::string operator()(const Name& name) const { return std::string(name.text); }
  std::string operator()(const std::string& text) const { return "'" + text + "'"; }
  template <typename Part>
  std::string operator()(const std::optional<Part>& part) const {
    return part ? (*this)(*part) : "-";
  }
  template <typename Part>
  std::string operator()(const std::vector<Part>& parts) const {
    std::string text = "[";
    for (const Part& part : parts) text += (text.size() > 1 ? " " : "") + (*this)(part);
    return text + "]";
  }
  template <typename First, typename Second>
  std::string operator()(const std::pair<First, Second>& pair) const { return tree("entry", pair.first, pair.second); }

  // expressions
  std::string operator()(const InvalidExpression&) const { return "invalid"; }
  std::string operator()(const NoneLiteral&) const { return "none"; }
  std::string operator()(const BoolLiteral& node) const { return node.value ? "true" : "false"; }
  std::string operator()(const IntLiteral& node) const { return std::to_string(node.value); }
  std::string operator()(const FloatLiteral& node) const {
    std::ostringstream text;
    text << "float:" << node.value;
    return text.str();
  }
  std::string operator()(const DurationLiteral& node) const { return std::to_string(node.milliseconds) + "ms"; }
  std::string operator()(const SizeLiteral& node) const { return std::to_string(node.bytes) + "B"; }
  std::string operator()(const StringLiteral& node) const { return (*this)(node.text); }
  std::string operator()(const Interpolation& node) const { return tree("text", node.parts); }
  std::string operator()(const Reference& node) const { return (*this)(node.name); }
  std::string operator()(const Member& node) const { return tree(".", node.object, node.member); }
  std::string operator()(const Index& node) const { return tree("index", node.object, node.indices); }
  std::string operator()(const IndexAll& node) const { return tree("all", node.object); }
  std::string operator()(const Call& node) const { return tree("call", node.function, node.arguments); }
  std::string operator()(const Unary& node) const {
    return tree(node.operation == UnaryOperator::negate ? "negate" : "not", node.operand);
  }
  std::string operator()(const Binary& node) const {
    return tree(operator_info(node.operation).text, node.left, node.right);
  }
  std::string operator()(const IfExpression& node) const {
    return tree("if", node.condition, node.then_value, node.else_value);
  }
  std::string operator()(const MatchExpressionArm& node) const { return tree("arm", node.patterns, node.value); }
  std::string operator()(const MatchExpression& node) const { return tree("match", node.subject, node.arms); }
  std::string operator()(const ListLiteral& node) const { return tree("list", node.elements); }
  std::string operator()(const MapLiteral& node) const { return tree("map", node.entries); }
  std::string operator()(const RecordLiteralField& node) const { return tree("field", node.name, node.value); }
  std::string operator()(const RecordLiteral& node) const { return tree("record", node.fields); }
  std::string operator()(const Comprehension& node) const {
    return tree("each", node.element, node.variable, node.source, node.condition);
  }

  // types
  std::string operator()(const NamedTypeExpression& node) const {
    return node.has_range ? tree("named", node.path, node.low, node.high) : tree("named", node.path);
  }
  std::string operator()(const EnumTypeExpression& node) const { return tree("enum", node.members); }
  std::string operator()(const ListTypeExpression& node) const { return tree("list", node.element); }
  std::string operator()(const MapTypeExpression& node) const { return tree("map", node.key, node.value); }
  std::string operator()(const RecordTypeField& node) const { return tree("field", node.name, node.type); }
  std::string operator()(const RecordTypeExpression& node) const { return tree("record", node.fields); }
  std::string operator()(const OptionalTypeExpression& node) const { return tree("optional", node.inner); }
  std::string operator()(const SecretTypeExpression& node) const { return tree("secret", node.inner); }
  std::string operator()(const UnionTypeExpression& node) const { return tree("union", node.members); }

  // steps
  std::string operator()(const Entry& node) const { return tree("=", node.name, node.value); }
  std::string operator()(const Block& node) const { return (*this)(node.entries); }
  std::string operator()(const DeclaredOutput& node) const {
    const std::string_view kind = node.source == OutputSource::path ? "at" : "stdout";
    return tree(kind, node.doc, node.name, node.type, node.path, node.pattern);
  }
  std::string operator()(const OutputsClause& node) const { return tree("outputs", node.outputs); }
  std::string operator()(const StageCall& node) const { return tree("stage", node.path, node.inputs, node.outputs); }
  std::string operator()(const StepMatchArm& node) const { return tree("arm", node.patterns, node.call); }
  std::string operator()(const StepMatch& node) const { return tree("match", node.subject, node.arms); }
  std::string operator()(const StepIf& node) const { return tree("if", node.condition, node.then_call, node.else_call); }
  std::string operator()(const Axis& node) const { return tree("axis", node.variable, node.source, node.by); }
  std::string operator()(const StepBody& node) const {
    return std::visit([this](const auto& body) { return (*this)(body); }, node);
  }

  // items and declarations
  std::string operator()(const StepDeclaration& node) const {
    return tree("step", node.doc, node.name, node.axes, node.body, node.outputs, node.with);
  }
  std::string operator()(const ParamDeclaration& node) const {
    return tree("param", node.doc, node.name, node.type, node.default_value);
  }
  std::string operator()(const InputDeclaration& node) const {
    return tree("input", node.doc, node.name, node.type, node.default_value);
  }
  std::string operator()(const PoolDeclaration& node) const { return tree("pool", node.doc, node.name, node.size); }
  std::string operator()(const SecretDeclaration& node) const { return tree("secret", node.doc, node.name, node.source); }
  std::string operator()(const LetDeclaration& node) const {
    return tree("let", node.doc, node.name, node.type, node.value);
  }
  std::string operator()(const RequireDeclaration& node) const {
    return tree("require", node.doc, node.name, node.condition, node.message);
  }
  std::string operator()(const OutputDeclaration& node) const { return tree("output", node.doc, node.name, node.value); }
  std::string operator()(const Item& node) const {
    return std::visit([this](const auto& item) { return (*this)(item); }, node);
  }
  std::string operator()(const PipelineDeclaration& node) const {
    return tree("pipeline", node.doc, node.name, node.items);
  }
  std::string operator()(const StageDeclaration& node) const { return tree("stage", node.doc, node.name, node.items); }
  std::string operator()(const TypeDeclaration& node) const { return tree("type", node.doc, node.name, node.type); }
  std::string operator()(const UseDeclaration& node) const {
    return tree("use", node.doc, node.path, node.version, node.alias);
  }
  std::string operator()(const Declaration& node) const {
    return std::visit([this](const auto& declaration) { return (*this)(declaration); }, node);
  }

 private:
  template <typename... Parts>
  std::string tree(std::string_view head, const Parts&... parts) const {
    return "(" + std::string(head) + ((" " + (*this)(parts)) + ...) + ")";
  }

  const Module& module_;
};

}  // namespace

std::string tree_text(const Module& module) { return TreeWriter(module)(module.declarations); }
std::string tree_text(const Module& module, ExpressionId id) { return TreeWriter(module)(id); }
std::string tree_text(const Module& module, TypeExpressionId id) { return TreeWriter(module)(id); }

}  // namespace sdlrun::dsl
