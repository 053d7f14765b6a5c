#include "dsl/check/expression_checker.hpp"

#include <algorithm>

namespace sdlrun::dsl {

ExpressionChecker::ExpressionChecker(const LoadedModule& module, FindName find_name, AllNames all_names,
                                     Diagnostics& diagnostics)
    : module_(module), find_name_(std::move(find_name)), all_names_(std::move(all_names)), diagnostics_(diagnostics) {}

Checked ExpressionChecker::check(ExpressionId id, const Expected& expected) {
  const Expression& expression = at(id);
  Checked found = std::visit([&](const auto& node) { return infer_node(node, expression.span, expected); }, expression.node);
  found = narrowed(id, std::move(found));
  if (may_fit(found.type, expected.type)) return found;
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
bool takes_text(const Type& type) {
  const auto* alternatives = type.as<UnionType>();
  return alternatives != nullptr && std::any_of(alternatives->members.begin(), alternatives->members.end(),
                                                [](const Type& one) { return one.as<StringType>() != nullptr; });
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
  if (target.as<IntType>() != nullptr && found.as<FloatType>() != nullptr) return "turn it into an int: `round(…)`";
  if (wants_path && found.as<StringType>() != nullptr) return "a computed path is written `" + type_text(target) + "(…)`";
  if (target.as<EnumType>() != nullptr && found.as<StringType>() != nullptr) return "only a literal can become an enum's member";
  if (target.as<StringType>() != nullptr && found.as<SecretType>() != nullptr) return "a secret, or a text with one in it, goes only where a `secret<…>` is taken, or into `with { env = { \"NAME\": … } }`: other text can end up in a log";
  if (target.as<StringType>() != nullptr && fits(found, Type(UnionType{{Type(IntType{}), Type(FloatType{}), Type(BoolType{}), Type(DurationType{}), Type(SizeType{})}}))) return "turn it into text: `\"${…}\"`";
  if (std::holds_alternative<IntLiteral>(at(id).node) && takes_text(target)) return "write it in quotes";
  if (target.as<DurationType>() != nullptr) return "a duration is a number with its unit, as in `10s` or `2h30m`";
  if (target.as<SizeType>() != nullptr) return "a size is a number with its unit, as in `512MiB`";
  if (text != nullptr && (target.as<IntType>() != nullptr || target.as<FloatType>() != nullptr || target.as<BoolType>() != nullptr)) return "write it without quotes";
  if (const auto* list = target.as<ListType>(); list != nullptr && may_fit(found, list->element)) return "put it into a list: `[…]`";
  if (const auto* record = target.as<RecordType>(); record != nullptr && !record->fields.empty() && found.as<MapType>() == nullptr) {
    return "a record is written with the names of its fields: `{ " + record->fields.front().name + ": … }`";
  }
  if (target.as<MapType>() != nullptr && found.as<RecordType>() != nullptr) return "the keys of a map stand in quotes: `{ \"key\": … }`";
  if (target.as<RecordType>() != nullptr && found.as<MapType>() != nullptr) return "the names of a record's fields stand without quotes: `{ name: … }`";
  return "";
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
