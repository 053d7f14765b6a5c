#include "dsl/syntax/declaration_builder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/seen_token.hpp"

namespace sdlrun::dsl {

namespace {

Span ending_at(Span span, std::uint32_t end) { return {.file = span.file, .begin = span.begin, .end = end}; }

/// Moves the elements that begin at or behind the offset from the stack.
template <typename Element, typename Begin>
std::vector<Element> take_since(std::vector<Element>& stack, std::uint32_t begin, const Begin& begin_of) {
  std::size_t first = stack.size();
  while (first > 0 && begin_of(stack[first - 1]) >= begin) --first;
  const auto from = stack.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<Element> taken(std::make_move_iterator(from), std::make_move_iterator(stack.end()));
  stack.erase(from, stack.end());
  return taken;
}

template <typename Element>
std::vector<Element> take_since(std::vector<Element>& stack, std::uint32_t begin) {
  return take_since(stack, begin, [](const Element& element) { return element.span.begin; });
}

template <typename Element>
Element take(std::vector<Element>& stack) {
  Element top = std::move(stack.back());
  stack.pop_back();
  return top;
}

}  // namespace

// ---- parts of steps -------------------------------------------------------------------------------------------------

Name DeclarationBuilder::pop_name() { return take(names_); }

void DeclarationBuilder::entry(Span span) {
  const ExpressionBuilder::Operand value = expressions_.pop_operand();
  entries_.push_back({.name = pop_name(), .value = value.id, .span = ending_at(span, value.span.end)});
}

void DeclarationBuilder::block(Span braces) {
  blocks_.push_back({.entries = take_since(entries_, braces.begin), .span = braces});
}

/// Where a path or pattern is fixed before anything runs, nothing can be interpolated.
ExpressionId DeclarationBuilder::plain_string(ExpressionId id) {
  if (std::holds_alternative<Interpolation>(module_[id].node)) {
    errors_.report({.name = "interpolation-not-allowed",
                    .message = "this text is fixed: `${ }` cannot stand in it",
                    .span = module_[id].span,
                    .label = "",
                    .hint = "write it out, or `\\$` for a dollar sign"});
    return expressions_.add(InvalidExpression{}, module_[id].span);
  }
  return id;
}

void DeclarationBuilder::declared_output(Span span) {
  const std::optional<ExpressionBuilder::Operand> text = expressions_.pop_operand_if_since(span.begin);
  const TypeBuilder::Entry type = types_.pop_entry();
  DeclaredOutput output{.doc = doc_above(span.begin), .name = pop_name(), .type = type.id, .path = {}, .pattern = {}, .span = {}};
  std::uint32_t end = type.span.end;
  if (stdout_end_ != 0) {
    output.source = OutputSource::standard_output;
    end = std::exchange(stdout_end_, 0);
  }
  if (text) {
    (output.source == OutputSource::path ? output.path : output.pattern) = plain_string(text->id);
    end = text->span.end;
  }
  output.span = ending_at(span, end);
  declared_outputs_.push_back(std::move(output));
}

void DeclarationBuilder::outputs_block(Span braces) {
  outputs_clauses_.push_back({.outputs = take_since(declared_outputs_, braces.begin), .span = braces});
}

void DeclarationBuilder::with_block(Span braces) {
  with_ = Block{.entries = take_since(entries_, braces.begin), .span = braces};
}

std::optional<OutputsClause> DeclarationBuilder::pop_outputs_since(std::uint32_t begin) {
  if (outputs_clauses_.empty() || outputs_clauses_.back().span.begin < begin) return std::nullopt;
  return take(outputs_clauses_);
}

void DeclarationBuilder::stage_call(Span span) {
  StageCall call{.path = {}, .inputs = take(blocks_), .outputs = pop_outputs_since(span.begin), .span = span};
  const Span path = take(stage_paths_);
  const auto dot = static_cast<std::uint32_t>(text_.substr(path.begin, path.end - path.begin).find('.'));
  if (dot < path.end - path.begin) {
    call.path = {named(ending_at(path, path.begin + dot)),
                 named({.file = path.file, .begin = path.begin + dot + 1, .end = path.end})};
  } else {
    call.path = {named(path)};
  }
  calls_.push_back(std::move(call));
}

void DeclarationBuilder::step_match_arm(Span span) {
  const std::uint32_t end = calls_.back().span.end;
  arms_.push_back({.patterns = expressions_.pop_since(span.begin), .call = module_.add(take(calls_)), .span = ending_at(span, end)});
}

void DeclarationBuilder::step_match(Span span) {
  step_body_ = StepMatch{.subject = expressions_.pop(), .arms = take_since(arms_, span.begin)};
}

void DeclarationBuilder::step_if(Span /*unused: its calls know their places*/) {
  StageCall else_call = take(calls_);
  StageCall then_call = take(calls_);
  // A clause behind the whole `if` is read as the last call's; it is that call's own only if the first one has its own.
  if (else_call.outputs && !then_call.outputs) {
    outputs_clauses_.push_back(*std::exchange(else_call.outputs, std::nullopt));
    else_call.span.end = else_call.inputs.span.end;
  }
  const StageCallId then_id = module_.add(std::move(then_call));
  step_body_ = StepIf{.condition = expressions_.pop(), .then_call = then_id, .else_call = module_.add(std::move(else_call))};
}

void DeclarationBuilder::axis(Span span) {
  std::vector<ExpressionId> parts = expressions_.pop_since(span.begin);
  Axis axis{.variable = pop_name(), .source = parts[0], .by = {}};
  if (parts.size() > 1) axis.by = parts[1];
  axes_.push_back(axis);
}

// ---- items ----------------------------------------------------------------------------------------------------------

Name DeclarationBuilder::pop_declared_name(std::uint32_t begin) {
  if (declared_names_.empty() || declared_names_.back().span.begin < begin) return {.text = {}, .span = errors_.span(begin, begin)};
  return take(declared_names_);
}

template <typename Declaration>
void DeclarationBuilder::typed_item(Span span) {
  Declaration item{.doc = doc_above(span.begin), .name = pop_declared_name(span.begin), .type = {}, .default_value = {}, .span = span};
  const std::optional<ExpressionBuilder::Operand> value = expressions_.pop_operand_if_since(span.begin);
  const TypeBuilder::Entry type = types_.pop_entry();
  item.type = type.id;
  if (value) item.default_value = value->id;
  item.span.end = value ? value->span.end : type.span.end;
  items_.emplace_back(std::move(item));
}

void DeclarationBuilder::param(Span span) { typed_item<ParamDeclaration>(span); }
void DeclarationBuilder::input(Span span) { typed_item<InputDeclaration>(span); }

void DeclarationBuilder::secret(Span span) {
  const ExpressionBuilder::Operand source = expressions_.pop_operand();
  items_.emplace_back(SecretDeclaration{doc_above(span.begin), pop_declared_name(span.begin), source.id, ending_at(span, source.span.end)});
}

void DeclarationBuilder::pool(Span span) {
  const ExpressionBuilder::Operand size = expressions_.pop_operand();
  items_.emplace_back(PoolDeclaration{doc_above(span.begin), pop_declared_name(span.begin), size.id, ending_at(span, size.span.end)});
}

void DeclarationBuilder::output(Span span) {
  const ExpressionBuilder::Operand value = expressions_.pop_operand();
  items_.emplace_back(OutputDeclaration{doc_above(span.begin), pop_declared_name(span.begin), value.id, ending_at(span, value.span.end)});
}

void DeclarationBuilder::let(Span span) {
  const ExpressionBuilder::Operand value = expressions_.pop_operand();
  LetDeclaration let{.doc = doc_above(span.begin), .name = pop_declared_name(span.begin), .type = {}, .value = value.id, .span = {}};
  if (const auto type = types_.pop_if_since(span.begin)) let.type = type->id;
  let.span = ending_at(span, value.span.end);
  items_.emplace_back(std::move(let));
}

void DeclarationBuilder::require(Span span) {
  const std::uint32_t end = expressions_.top_end();
  const std::vector<ExpressionId> parts = expressions_.pop_since(span.begin);
  RequireDeclaration require{.doc = doc_above(span.begin), .name = {}, .condition = parts[0], .message = {}, .span = ending_at(span, end)};
  if (parts.size() > 1) require.message = parts[1];
  const Name name = pop_declared_name(span.begin);
  if (!name.text.empty()) require.name = name;
  items_.emplace_back(std::move(require));
}

void DeclarationBuilder::step(Span span) {
  if (!calls_.empty()) step_body_ = module_.add(take(calls_));
  StepDeclaration step{.doc = doc_above(span.begin), .name = pop_declared_name(span.begin), .axes = std::exchange(axes_, {}),
                       .body = *std::exchange(step_body_, std::nullopt), .outputs = pop_outputs_since(span.begin),
                       .with = std::exchange(with_, std::nullopt), .span = span};
  items_.emplace_back(std::move(step));
}

void DeclarationBuilder::broken_item(std::uint32_t begin) {
  const std::string_view keyword = word_at(text_, begin);
  if (!is_item_keyword(keyword) || keyword == "require" || keyword == "output") return;
  std::uint32_t at = begin + static_cast<std::uint32_t>(keyword.size());
  while (at < text_.size() && is_blank(text_[at])) ++at;
  const std::string_view name = word_at(text_, at);
  if (name.empty() || is_keyword(name)) return;
  const Span span = errors_.span(at, at + static_cast<std::uint32_t>(name.size()));
  items_.emplace_back(LetDeclaration{.doc = {}, .name = {.text = name, .span = span}, .type = {},
                                     .value = expressions_.add(InvalidExpression{}, span), .span = errors_.span(begin, span.end)});
}

// ---- declarations ---------------------------------------------------------------------------------------------------

template <typename Declaration>
void DeclarationBuilder::declaration_with_items(Span span) {
  module_.declarations.emplace_back(
      Declaration{doc_above(span.begin), pop_declared_name(span.begin), std::exchange(items_, {}), span});
}

void DeclarationBuilder::pipeline(Span span) { declaration_with_items<PipelineDeclaration>(span); }
void DeclarationBuilder::stage(Span span) { declaration_with_items<StageDeclaration>(span); }

void DeclarationBuilder::type(Span span) {
  const TypeBuilder::Entry type = types_.pop_entry();
  module_.declarations.emplace_back(
      TypeDeclaration{doc_above(span.begin), pop_declared_name(span.begin), type.id, ending_at(span, type.span.end)});
}

void DeclarationBuilder::use(Span span) {
  std::uint32_t end = expressions_.top_end();
  const std::vector<ExpressionId> texts = expressions_.pop_since(span.begin);
  UseDeclaration use{.doc = doc_above(span.begin), .path = plain_string(texts[0]), .version = {}, .alias = {}, .span = {}};
  if (texts.size() > 1) use.version = plain_string(texts[1]);
  const Name alias = pop_declared_name(span.begin);
  if (!alias.text.empty()) {
    use.alias = alias;
    end = alias.span.end;
  }
  use.span = ending_at(span, end);
  module_.declarations.emplace_back(std::move(use));
}

// ---- doc comments ---------------------------------------------------------------------------------------------------

DocComment DeclarationBuilder::doc_above(std::uint32_t begin) const {
  const auto& comments = module_.comments;
  const auto behind = std::lower_bound(comments.begin(), comments.end(), begin,
                                       [](const Comment& comment, std::uint32_t offset) { return comment.span.begin < offset; });
  std::vector<std::string_view> lines;
  std::uint32_t below = begin;
  for (auto comment = std::make_reverse_iterator(behind); comment != comments.rend(); ++comment) {
    const std::string_view between = text_.substr(comment->span.end, below - comment->span.end);
    const std::string_view text = text_.substr(comment->span.begin, comment->span.end - comment->span.begin);
    const bool adjacent = std::count(between.begin(), between.end(), '\n') == 1 &&
                          std::all_of(between.begin(), between.end(), [](char byte) { return is_blank(byte) || byte == '\n'; });
    if (!adjacent || !text.starts_with("##") || !begins_line(text_, comment->span.begin)) break;
    lines.push_back(text.substr(text.starts_with("## ") ? 3 : 2));
    below = comment->span.begin;
  }
  DocComment doc;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line != lines.rbegin()) doc += '\n';
    doc += *line;
  }
  return doc;
}

void DeclarationBuilder::forget_since(std::uint32_t begin) {
  while (!declared_names_.empty() && declared_names_.back().span.begin >= begin) declared_names_.pop_back();
  names_.clear();
  entries_.clear();
  blocks_.clear();
  declared_outputs_.clear();
  outputs_clauses_.clear();
  stage_paths_.clear();
  calls_.clear();
  arms_.clear();
  axes_.clear();
  step_body_.reset();
  with_.reset();
  stdout_end_ = 0;
}

}  // namespace sdlrun::dsl
