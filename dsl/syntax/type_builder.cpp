#include "dsl/syntax/type_builder.hpp"

#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

void TypeBuilder::push(TypeExpressionNode node, Span span) {
  types_.push_back({module_.add(TypeExpression{.node = std::move(node), .span = span}), span});
}

TypeBuilder::Entry TypeBuilder::pop_entry() {
  const Entry entry = types_.back();
  types_.pop_back();
  return entry;
}

std::optional<TypeBuilder::Entry> TypeBuilder::pop_if_since(std::uint32_t begin) {
  if (types_.empty() || types_.back().span.begin < begin) return std::nullopt;
  return pop_entry();
}

std::vector<TypeBuilder::Entry> TypeBuilder::pop_since(std::uint32_t begin) {
  std::size_t first = types_.size();
  while (first > 0 && types_[first - 1].span.begin >= begin) --first;
  const std::vector<Entry> entries(types_.begin() + static_cast<std::ptrdiff_t>(first), types_.end());
  types_.resize(first);
  return entries;
}

void TypeBuilder::clear() {
  types_.clear();
  fields_.clear();
}

void TypeBuilder::named(Span path) {
  NamedTypeExpression type;
  std::uint32_t at = path.begin;
  while (at < path.end) {
    const std::string_view word = word_at(text_, at);
    const auto end = at + static_cast<std::uint32_t>(word.size());
    if (word.empty()) {
      ++at;  // the dot, and blanks around it
      continue;
    }
    type.path.push_back({.text = word, .span = {.file = path.file, .begin = at, .end = end}});
    at = end;
  }
  push(std::move(type), path);
}

void TypeBuilder::range(Span parentheses) {
  const Entry name = pop_entry();
  NamedTypeExpression type = std::get<NamedTypeExpression>(module_[name.id].node);
  type.has_range = true;
  if (const auto high = expressions_.pop_operand_if_since(dots_.end)) type.high = high->id;
  if (const auto low = expressions_.pop_operand_if_since(parentheses.begin)) type.low = low->id;
  push(std::move(type), join(name.span, parentheses));
}

void TypeBuilder::enumeration(Span span) { push(EnumTypeExpression{.members = expressions_.pop_since(span.begin)}, span); }

void TypeBuilder::list(Span span) { push(ListTypeExpression{.element = pop()}, span); }

void TypeBuilder::map(Span span) {
  const TypeExpressionId value = pop();
  push(MapTypeExpression{.key = pop(), .value = value}, span);
}

void TypeBuilder::remember_field(Span name) {
  fields_.push_back({.text = text_.substr(name.begin, name.end - name.begin), .span = name});
}

void TypeBuilder::braces(Span span) {
  const bool has_fields = !fields_.empty() && fields_.back().span.begin > span.begin;
  const bool is_empty = types_.empty() || types_.back().span.begin < span.begin;
  return has_fields || is_empty ? record(span) : map(span);
}

void TypeBuilder::record(Span span) {
  const std::vector<Entry> types = pop_since(span.begin);
  const std::size_t first = fields_.size() - types.size();
  RecordTypeExpression record;
  record.fields.reserve(types.size());
  for (std::size_t at = 0; at < types.size(); ++at) record.fields.push_back({fields_[first + at], types[at].id});
  fields_.resize(first);
  push(std::move(record), span);
}

void TypeBuilder::optional(Span mark) {
  const Entry inner = pop_entry();
  push(OptionalTypeExpression{.inner = inner.id}, join(inner.span, mark));
}

void TypeBuilder::secret(Span span) { push(SecretTypeExpression{.inner = pop()}, span); }

void TypeBuilder::parentheses(Span span) { types_.back().span = span; }

void TypeBuilder::fold_union(Span span) {
  std::size_t first = types_.size();
  while (first > 0 && types_[first - 1].span.begin >= span.begin) --first;
  if (types_.size() - first < 2) return;
  const std::vector<Entry> entries = pop_since(span.begin);
  UnionTypeExpression type;
  for (const Entry& entry : entries) type.members.push_back(entry.id);
  push(std::move(type), join(entries.front().span, entries.back().span));
}

}  // namespace sdlrun::dsl
