#include "dsl/check/expression_checker.hpp"

#include <algorithm>
#include <cmath>

#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/number_literals.hpp"

namespace sdlrun::dsl {

ExpressionChecker::ExpressionChecker(const LoadedModule& module, FindName find_name, AllNames all_names,
                                     Diagnostics& diagnostics, const StageSchemas* schemas)
    : module_(module), find_name_(std::move(find_name)), all_names_(std::move(all_names)), diagnostics_(diagnostics), schemas_(schemas) {}

Checked ExpressionChecker::check(ExpressionId id, const Expected& expected) {
  const Expression& expression = at(id);
  Checked found = std::visit([&](const auto& node) { return infer_node(node, expression.span, expected); }, expression.node);
  found = narrowed(id, std::move(found));
  if (may_fit(found.type, expected.type)) return found;
  const bool is_whole_float = module_.is_given && found.type.as<IntType>() != nullptr && without_optional(expected.type).as<FloatType>() != nullptr;
  if (is_whole_float) return {expected.type, found.late};  // the evaluator makes it one
  report_mismatch(id, found.type, expected);
  return {Type(), found.late};
}

void ExpressionChecker::push_local(Local local) {
  const auto clash = std::find_if(locals_.begin(), locals_.end(), [&](const Local& other) { return other.name.text == local.name.text; });
  if (clash != locals_.end()) {
    error("shadowed-name", local.name.span, "`" + std::string(local.name.text) + "` is already a variable here", "declared again",
          "give it another name", {{clash->name.span, "the first one"}});
  } else if (find_name_(local.name)) {
    error("shadowed-name", local.name.span, "`" + std::string(local.name.text) + "` already has a meaning here", "hides it",
          "give the variable a name of its own");
  }
  locals_.push_back(std::move(local));
}

std::optional<NameMeaning> ExpressionChecker::meaning_of(const Name& name) {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name.text == name.text) return NameMeaning(local->checked);
  }
  return find_name_(name);
}

void ExpressionChecker::error(std::string_view name, Span span, std::string message, std::string label, std::string hint,
                              std::vector<RelatedPlace> related) {
  diagnostics_.add({.name = name, .message = std::move(message), .span = span, .label = std::move(label),
                    .hint = std::move(hint), .related = std::move(related)});
}

void ExpressionChecker::report_mismatch(ExpressionId id, const Type& found, const Expected& expected) {
  const std::string wanted = "`" + type_text(expected.type) + "`";
  const auto* number = found.as<IntType>();
  const auto* real = found.as<FloatType>();
  const Type target = without_optional(expected.type);
  if ((number != nullptr && target.as<IntType>() != nullptr) || (real != nullptr && target.as<FloatType>() != nullptr)) {
    const std::string place = expected.place.empty() ? "this place" : std::string(expected.place);
    error("out-of-range", at(id).span, place + " takes " + wanted, "outside of this range", "both ends of a range are included");
    return;
  }
  const std::string message = expected.place.empty()
                                  ? "expected " + wanted + ", found `" + type_text(found) + "`"
                                  : std::string(expected.place) + " takes " + wanted + ", not `" + type_text(found) + "`";
  error("type-mismatch", at(id).span, message, "this is `" + type_text(found) + "`", mismatch_hint(id, found, expected.type));
}

namespace {

/// A union with `string` in it.
bool includes_string(const Type& type) {
  const auto* alternatives = type.as<UnionType>();
  return alternatives != nullptr && std::any_of(alternatives->members.begin(), alternatives->members.end(),
                                                [](const Type& one) { return one.as<StringType>() != nullptr; });
}

bool is_printable(const Type& type) {
  return fits(type, Type(UnionType{{Type(IntType{}), Type(FloatType{}), Type(BoolType{}), Type(DurationType{}), Type(SizeType{})}}));
}

std::string as_text_hint(const Expression& expression) {
  const auto* reference = std::get_if<Reference>(&expression.node);
  return "turn it into text: `\"${" + (reference != nullptr ? std::string(reference->name.text) : "…") + "}\"`";
}

/// `1e3` is a float, as all that has an exponent.
std::string whole_number_hint(const Expression& expression) {
  constexpr double largest = 1e15;
  const auto* literal = std::get_if<FloatLiteral>(&expression.node);
  const bool is_whole = literal != nullptr && literal->value == std::floor(literal->value) && std::abs(literal->value) < largest;
  if (is_whole) return "what has a point or an exponent is a float: write `" + std::to_string(static_cast<std::int64_t>(literal->value)) + "`";
  return "turn it into an int: `round(…)`";
}

/// Whether the text would be a duration or size if it stood without quotes.
bool is_literal_of(std::string_view text, const Type& target) {
  if (text.empty() || !is_digit(text.front())) return false;
  const auto literal = number_literal(text);
  if (!literal) return false;
  return (target.as<DurationType>() != nullptr && std::holds_alternative<DurationLiteral>(*literal)) ||
         (target.as<SizeType>() != nullptr && std::holds_alternative<SizeLiteral>(*literal));
}

}  // namespace

std::string ExpressionChecker::mismatch_hint(ExpressionId id, const Type& found, const Type& expected) const {
  const Type target = without_optional(expected);
  const auto* text = std::get_if<StringLiteral>(&at(id).node);
  const bool wants_path = target.as<FileType>() != nullptr || target.as<DirType>() != nullptr;
  if (found.as<OptionalType>() != nullptr && expected.as<OptionalType>() == nullptr) {
    return "it may be none: give a value for that case with `?? …`, or ask `if … != none then … else …`";
  }
  if (found.as<NoneType>() != nullptr) return "only a type with `?` takes none";
  if (target.as<FloatType>() != nullptr && found.as<IntType>() != nullptr) {
    return std::holds_alternative<IntLiteral>(at(id).node) ? "write it with a point, as in `1.0`" : "turn it into a float: `float(…)`";
  }
  if (target.as<IntType>() != nullptr && found.as<FloatType>() != nullptr) return whole_number_hint(at(id));
  if (wants_path && found.as<StringType>() != nullptr) return "a computed path is written `" + type_text(target) + "(…)`";
  if (target.as<EnumType>() != nullptr && found.as<StringType>() != nullptr) return "only a literal can become an enum's member";
  if (target.as<StringType>() != nullptr && found.as<SecretType>() != nullptr) return "a secret, or a text with one in it, goes only where a `secret<…>` is taken, or into `with { env = { \"NAME\": … } }`: other text can end up in a log";
  const bool takes_text = target.as<StringType>() != nullptr || includes_string(target);
  if (takes_text && std::holds_alternative<IntLiteral>(at(id).node)) return "write it in quotes";
  if (takes_text && is_printable(found)) return as_text_hint(at(id));
  if (target.as<SecretType>() != nullptr && found.as<StringType>() != nullptr) return "a secret's text never stands in a pipeline: declare `secret token = env(\"TOKEN\")` and give `token`";
  if (text != nullptr && is_literal_of(text->text, target)) return "write it without quotes: `" + text->text + "`";
  if (target.as<DurationType>() != nullptr) return "a duration is a number with its unit, as in `10s` or `2h30m`";
  if (target.as<SizeType>() != nullptr) return "a size is a number with its unit, as in `512MiB`";
  if (text != nullptr && (target.as<IntType>() != nullptr || target.as<FloatType>() != nullptr || target.as<BoolType>() != nullptr)) return "write it without quotes";
  if (const auto* list = target.as<ListType>(); list != nullptr && may_fit(found, list->element)) return "put it into a list: `[…]`";
  if (const auto* record = target.as<RecordType>(); record != nullptr && !record->fields.empty() && found.as<MapType>() == nullptr) {
    return "a record is written with the names of its fields: `{ " + record->fields.front().name + ": … }`";
  }
  if (target.as<MapType>() != nullptr && found.as<RecordType>() != nullptr) return "the keys of a map stand in quotes: `{ \"key\": … }`";
  if (target.as<RecordType>() != nullptr && found.as<MapType>() != nullptr) return "the names of a record's fields stand without quotes: `{ name: … }`";
  return makers_hint(target);
}

/// Of a handle, or of one that a union takes: only stages make them.
std::string ExpressionChecker::makers_hint(const Type& wanted) const {
  const auto* handle = wanted.as<HandleType>();
  if (const auto* alternatives = wanted.as<UnionType>()) {
    for (const Type& member : alternatives->members) handle = handle == nullptr ? member.as<HandleType>() : handle;
  }
  if (handle == nullptr || schemas_ == nullptr) return "";
  std::vector<std::string> makers;
  for (const StageSchema* schema : schemas_->all()) {
    const bool makes_it = std::any_of(schema->outputs.begin(), schema->outputs.end(), [&](const OutputSchema& output) {
      const auto* made = output.type.as<HandleType>();
      return made != nullptr && *made == *handle;
    });
    if (makes_it) makers.push_back(schema->full_name());
  }
  return makers.empty() ? "" : "`" + handle->name + "` comes from steps of " + listed(makers);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += "`" + names[i] + "`";
  }
  return text;
}

}  // namespace sdlrun::dsl
