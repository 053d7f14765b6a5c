#include "dsl/evaluate/evaluator.hpp"

#include <algorithm>
#include <filesystem>

#include "dsl/values/path_text.hpp"
#include "dsl/values/weight.hpp"

namespace sdlrun::dsl {

namespace fs = std::filesystem;

namespace {

/// Names that need names that need names: deeper than this the machine's stack would end before the pipeline.
constexpr std::size_t deepest_evaluation = 2000;

const Type& inner_type(const Type& type) {
  const auto* optional = type.as<OptionalType>();
  return optional == nullptr ? type : optional->inner;
}

enum class LiteralMeaning { text, file, directory };

LiteralMeaning meaning_of_literal(const Type& expected) {
  const Type& target = inner_type(expected);
  if (target.as<FileType>() != nullptr) return LiteralMeaning::file;
  if (target.as<DirType>() != nullptr) return LiteralMeaning::directory;
  const auto* choices = target.as<UnionType>();
  if (choices == nullptr) return LiteralMeaning::text;
  for (const Type& member : choices->members) {
    if (member.as<StringType>() != nullptr) return LiteralMeaning::text;
  }
  const bool has_file = std::any_of(choices->members.begin(), choices->members.end(), [](const Type& member) { return member.as<FileType>() != nullptr; });
  return has_file ? LiteralMeaning::file : LiteralMeaning::text;
}

std::vector<std::string> names_beside(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), code)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string element_name(const Value& value) { return plain_text(value); }

std::vector<NodeId> Evaluator::take_waits_for() {
  std::sort(waits_for_.begin(), waits_for_.end());
  waits_for_.erase(std::unique(waits_for_.begin(), waits_for_.end()), waits_for_.end());
  return std::move(waits_for_);
}

namespace {

/// Whether an expression of this kind makes a value out of others, and does not only pass one on.
template <typename Node>
constexpr bool puts_together = std::is_same_v<Node, ListLiteral> || std::is_same_v<Node, MapLiteral> || std::is_same_v<Node, RecordLiteral> ||
                               std::is_same_v<Node, Binary> || std::is_same_v<Node, Call>;

}  // namespace

std::optional<Value> Evaluator::evaluate(ExpressionId id, const Scope& scope, const Type& expected) {
  const Expression& expression = scope.body_scope().module->tree[id];
  const Place place{scope, expected, expression.span};
  if (depth_ >= deepest_evaluation) {
    error("nesting-too-deep", expression.span, "values here need each other more than 2000 levels deep", "the chain breaks here", "declare each `let` before those that use it");
    return std::nullopt;
  }
  ++depth_;
  auto value = std::visit(
      [&]<typename Node>(const Node& node) { return puts_together<Node> ? bearable(node_value(node, place), place) : node_value(node, place); }, expression.node);
  --depth_;
  return value ? conform(std::move(*value), place) : std::nullopt;
}

/// With optional fields that were left out where it was written without this type in sight.
std::optional<Value> Evaluator::conform_record(const Value& value, const RecordType& type, const Place& place) {
  Fields fields = *value.as_fields();
  for (const RecordField& declared : type.fields) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.first == declared.name; });
    if (field == fields.end()) {
      fields.emplace_back(declared.name, Value());
      continue;
    }
    auto conforming = conform(field->second, {place.scope, declared.type, place.span});
    if (!conforming) return std::nullopt;
    field->second = std::move(*conforming);
  }
  return Value::record(std::move(fields));
}

std::optional<Value> Evaluator::bearable(std::optional<Value> value, const Place& place) {
  const bool is_compound = value && (value->as_list() != nullptr || value->as_fields() != nullptr || value->as<std::string>() != nullptr);
  if (!is_compound || weight(*value) <= heaviest_value) return value;
  too_heavy(place);
  return std::nullopt;
}

void Evaluator::too_heavy(const Place& place) {
  error("value-too-large", place.span, "this value takes more than 256 MiB", "grows too large here", too_heavy_hint);
}

/// What only the value can show: a number within its range, a file that is there.
std::optional<Value> Evaluator::conform(Value value, const Place& place) {
  const Type& target = inner_type(place.expected);
  if (const auto* range = target.as<IntType>(); range != nullptr && value.as<std::int64_t>() != nullptr) {
    const std::int64_t number = *value.as<std::int64_t>();
    if ((range->low && number < *range->low) || (range->high && number > *range->high)) {
      error("out-of-range", place.span, "expected `" + type_text(target) + "`, found " + std::to_string(number), "outside of this range", "both ends of a range are included");
      return std::nullopt;
    }
  }
  if (const auto* range = target.as<FloatType>()) {
    if (const auto* whole = value.as<std::int64_t>()) value = Value(Value::Data(static_cast<double>(*whole)));  // sum([])
    const auto* number = value.as<double>();
    if (number != nullptr && ((range->low && !(*number >= *range->low)) || (range->high && !(*number <= *range->high)))) {
      error("out-of-range", place.span, "expected `" + type_text(target) + "`, found " + value_text(value), "outside of this range", "both ends of a range are included");
      return std::nullopt;
    }
  }
  if (const auto* list_type = target.as<ListType>(); list_type != nullptr && value.as_list() != nullptr) {
    const Place element_place{place.scope, list_type->element, place.span};
    for (const Value& element : *value.as_list()) {
      if (element.as<std::string>() != nullptr) continue;  // text is as it is
      if (!conform(element, element_place)) return std::nullopt;
    }
  }
  if (const auto* record = target.as<RecordType>(); record != nullptr && value.as<Record>() != nullptr) return conform_record(value, *record, place);
  const auto* file = value.as<FileValue>();
  const auto* directory = value.as<DirValue>();
  const std::string* digest = file != nullptr ? &file->digest : directory != nullptr ? &directory->digest : nullptr;
  if (digest == nullptr || !digest->empty()) return value;
  const fs::path path = file != nullptr ? file->path : directory->path;
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  look({.path = path.string(), .seen = seen_text(status)}, place);
  const std::string kind = file != nullptr ? "file" : "folder";
  if (const auto problem = path_problem(path, status, code)) {
    report_path(*problem, path, kind, place);
    return std::nullopt;
  }
  if ((file != nullptr) == fs::is_directory(status)) {
    const bool takes_both = target.as<UnionType>() != nullptr;
    const std::string folder_hint = takes_both ? "write it as a folder: `dir(\"…\")`" : "take the type `dir` for folders";
    error("wrong-file-kind", place.span, "`" + path.string() + "` is " + (file != nullptr ? "a folder" : "a file"), "expected a " + kind,
          file != nullptr ? folder_hint : "take the type `file` for files");
    return std::nullopt;
  }
  return value;
}

void Evaluator::report_path(const PathProblem& problem, const fs::path& path, const std::string& kind, const Place& place) {
  const std::string shown = '`' + path.string() + '`';
  switch (problem.kind) {
    case PathProblem::Kind::missing: {
      const std::vector<std::string> names = names_beside(path);
      const std::string otherwise(place.scope.body_scope().module->paths_hint);
      return error("no-such-file", place.span, "there is no " + kind + ' ' + shown, "does not exist", did_you_mean(path.filename().string(), {names.begin(), names.end()}, otherwise));
    }
    case PathProblem::Kind::unreachable:
      return error("no-such-file", place.span, shown + " leads to no " + kind + ": " + problem.reason, "expected a " + kind, problem.hint);
    case PathProblem::Kind::special: return error("wrong-file-kind", place.span, shown + " is no " + kind + ": " + problem.reason, "expected a " + kind, problem.hint);
  }
}

void Evaluator::look(Look look, const Place& place) {
  if (Looks* const looks = place.scope.body_scope().module->looks) looks->add(std::move(look));
}

std::optional<Value> Evaluator::node_value(const StringLiteral& literal, const Place& place) {
  const LiteralMeaning meaning = meaning_of_literal(place.expected);
  if (meaning == LiteralMeaning::text) return Value::text(literal.text);
  std::string path = path_from(place.scope.body_scope().directory, literal.text);
  if (meaning == LiteralMeaning::directory) return Value(Value::Data(DirValue{std::move(path), ""}));
  return Value(Value::Data(FileValue{std::move(path), ""}));
}

std::optional<Value> Evaluator::node_value(const Interpolation& text, const Place& place) {
  std::string result;
  bool complete = true;
  for (const ExpressionId part : text.parts) {
    const auto value = evaluate(part, place.scope, {});
    if (value && value->as<SecretValue>() != nullptr) return secret_text(text, place);
    if (value) result += plain_text(*value);
    if (result.size() > heaviest_value) {
      too_heavy(place);
      return std::nullopt;
    }
    complete = complete && value.has_value();
  }
  return complete ? std::optional(Value::text(result)) : std::nullopt;
}

/// A text with a secret in it is one, put together when a step needs it.
std::optional<Value> Evaluator::secret_text(const Interpolation& text, const Place& place) {
  SecretValue whole;
  SecretPlace composed{.source = SecretPlace::Source::composed};
  for (const ExpressionId part : text.parts) {
    const auto value = evaluate(part, place.scope, {});
    if (!value) return std::nullopt;
    if (const auto* secret = value->as<SecretValue>()) {
      whole.name += "${" + secret->name + '}';
      composed.parts.push_back(*secret);
      continue;
    }
    whole.name += plain_text(*value);
    composed.parts.push_back({plain_text(*value), std::make_shared<const SecretPlace>(SecretPlace{SecretPlace::Source::text, plain_text(*value), {}})});
  }
  whole.place = std::make_shared<const SecretPlace>(std::move(composed));
  return Value(whole);
}

std::optional<Value> Evaluator::node_value(const ListLiteral& list, const Place& place) {
  const Type& target = inner_type(place.expected);
  const auto* wanted = target.as<ListType>();
  List elements;
  elements.reserve(list.elements.size());
  for (const ExpressionId id : list.elements) {
    if (auto value = evaluate(id, place.scope, wanted != nullptr ? wanted->element : Type())) elements.push_back(std::move(*value));
  }
  if (elements.size() != list.elements.size()) return std::nullopt;
  return Value::list(std::move(elements));
}

std::optional<Value> Evaluator::node_value(const MapLiteral& map, const Place& place) {
  const Type& target = inner_type(place.expected);
  if (map.entries.empty() && target.as<RecordType>() != nullptr) return node_value(RecordLiteral{}, place);
  const auto* wanted = target.as<MapType>();
  Fields entries;
  for (const auto& [key, expression] : map.entries) {
    const auto name = evaluate(key, place.scope, Type(StringType{}));
    auto value = evaluate(expression, place.scope, wanted != nullptr ? wanted->value : Type());
    if (name && value) entries.emplace_back(plain_text(*name), std::move(*value));
  }
  if (entries.size() != map.entries.size()) return std::nullopt;
  return Value::map(std::move(entries));
}

std::optional<Value> Evaluator::node_value(const RecordLiteral& record, const Place& place) {
  const Type& target = inner_type(place.expected);
  const auto* wanted = target.as<RecordType>();
  Fields fields;
  bool complete = true;
  for (const RecordLiteralField& field : record.fields) {
    const RecordField* declared = wanted == nullptr ? nullptr : wanted->find(field.name.text);
    auto value = evaluate(field.value, place.scope, declared != nullptr ? declared->type : Type());
    if (value) fields.emplace_back(std::string(field.name.text), std::move(*value));
    complete = complete && value.has_value();
  }
  if (!complete) return std::nullopt;
  if (wanted == nullptr) return Value::record(std::move(fields));
  for (const RecordField& declared : wanted->fields) {
    const bool given = std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first == declared.name; });
    if (!given) fields.emplace_back(declared.name, Value());  // an optional field that was left out
  }
  return Value::record(std::move(fields));
}

std::optional<Value> Evaluator::node_value(const Comprehension& comprehension, const Place& place) {
  const auto source = evaluate(comprehension.source, place.scope, {});
  const Type& target = inner_type(place.expected);
  const auto* wanted = target.as<ListType>();
  const Type element_type = wanted != nullptr ? wanted->element : Type();
  Scope scope(place.scope);
  scope.variable = comprehension.variable.text;
  if (!source) {
    if (failed_) return std::nullopt;
    // Only to find which steps the rest waits for.
    if (comprehension.condition) evaluate(*comprehension.condition, scope, Type(BoolType{}));
    evaluate(comprehension.element, scope, element_type);
    return std::nullopt;
  }
  List elements;
  bool complete = true;
  std::size_t total = 0;
  for (const Value& value : *source->as_list()) {
    scope.variable_value = value;
    if (comprehension.condition) {
      const auto chosen = evaluate(*comprehension.condition, scope, Type(BoolType{}));
      complete = complete && chosen.has_value();
      if (chosen && !*chosen->as<bool>()) continue;
    }
    auto element = evaluate(comprehension.element, scope, element_type);
    if (failed_) return std::nullopt;  // one mistake, not one an element
    complete = complete && element.has_value();
    if (!element) continue;
    total += weight(*element);
    if (total > heaviest_value) {
      too_heavy(place);
      return std::nullopt;
    }
    elements.push_back(std::move(*element));
  }
  return complete ? std::optional(Value::list(std::move(elements))) : std::nullopt;
}

std::optional<Value> Evaluator::node_value(const IfExpression& choice, const Place& place) {
  const auto condition = evaluate(choice.condition, place.scope, Type(BoolType{}));
  if (condition) return evaluate(*condition->as<bool>() ? choice.then_value : choice.else_value, place.scope, place.expected);
  if (failed_) return std::nullopt;
  // Not decided yet: what either side waits for.
  evaluate(choice.then_value, place.scope, place.expected);
  evaluate(choice.else_value, place.scope, place.expected);
  return std::nullopt;
}

bool Evaluator::matches(ExpressionId pattern, const Value& subject, const Place& place) {
  const auto value = evaluate(pattern, place.scope, {});
  return value && *value == subject;
}

std::optional<Value> Evaluator::node_value(const MatchExpression& match, const Place& place) {
  const auto subject = evaluate(match.subject, place.scope, {});
  if (!subject && failed_) return std::nullopt;
  for (const MatchExpressionArm& arm : match.arms) {
    if (!subject) {
      evaluate(arm.value, place.scope, place.expected);
      continue;
    }
    const bool chosen = arm.patterns.empty() || std::any_of(arm.patterns.begin(), arm.patterns.end(), [&](ExpressionId pattern) { return matches(pattern, *subject, place); });
    if (chosen) return evaluate(arm.value, place.scope, place.expected);
  }
  return std::nullopt;
}

void Evaluator::error(std::string_view name, Span span, std::string message, std::string label, std::string hint) {
  failed_ = true;
  diagnostics_.add({.name = name, .message = std::move(message), .span = span, .label = std::move(label), .hint = std::move(hint)});
}

std::optional<Value> evaluate(const Pipeline& pipeline, const PartialValue& value, const FinishedOutputs& finished, Diagnostics& diagnostics) {
  if (value.known) return value.known;
  const auto still = hold_still(pipeline);
  return Evaluator(finished, diagnostics).evaluate(value.open);
}

}  // namespace sdlrun::dsl
