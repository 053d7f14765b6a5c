#include "dsl/syntax/tree.hpp"

namespace sdlrun::dsl {

ExpressionId Module::add(Expression expression) {
  expressions_.push_back(std::move(expression));
  return static_cast<ExpressionId>(expressions_.size() - 1);
}

TypeExpressionId Module::add(TypeExpression type) {
  types_.push_back(std::move(type));
  return static_cast<TypeExpressionId>(types_.size() - 1);
}

StageCallId Module::add(StageCall call) {
  calls_.push_back(std::move(call));
  return static_cast<StageCallId>(calls_.size() - 1);
}

}  // namespace sdlrun::dsl
