// Types of literals, lists, maps, records and comprehensions.
#include <algorithm>
#include <filesystem>

#include "dsl/check/expression_checker.hpp"

namespace sdlrun::dsl {

Checked ExpressionChecker::infer_node(const IntLiteral& literal, Span, const Expected&) {
  return {Type(IntType{literal.value, literal.value})};
}

Checked ExpressionChecker::infer_node(const FloatLiteral& literal, Span, const Expected&) {
  return {Type(FloatType{literal.value, literal.value})};
}

namespace {

/// The type of a number without the one value that a literal is: a list of numbers is a list of ints.
Type widened(const Type& type) {
  if (type.as<IntType>() != nullptr) return Type(IntType{});
  if (type.as<FloatType>() != nullptr) return Type(FloatType{});
  return type;
}

constexpr std::size_t longest_file_name = 1024;

/// What a string literal is in its place: a path, a member of an enum, or just a string.
Type literal_target(const Type& expected) {
  const Type target = without_optional(expected);
  const auto* choices = target.as<UnionType>();
  if (choices == nullptr) return target;
  for (const Type& member : choices->members) {
    if (member.as<StringType>() != nullptr) return member;
  }
  for (const Type& member : choices->members) {
    if (member.as<FileType>() != nullptr || member.as<DirType>() != nullptr || member.as<EnumType>() != nullptr) return member;
  }
  return target;
}

}  // namespace

/// Put into the program's folder by `files`, itself or a folder it lies in.
bool ExpressionChecker::is_placed(std::string_view path) const {
  const auto normal = [](std::string_view text) { return std::filesystem::path(text).lexically_normal().string(); };
  const std::string wanted = normal(path);
  return std::any_of(placed_names_.begin(), placed_names_.end(), [&](std::string_view name) {
    const std::string placed = normal(name);
    return wanted == placed || wanted.starts_with(placed.ends_with('/') ? placed : placed + '/');
  });
}

/// Where a text and a file are both taken, a text is a text; one that is a file's name is likely meant to be the file.
void ExpressionChecker::warn_of_file_as_text(const StringLiteral& literal, Span span, const Type& expected) {
  const auto* choices = without_optional(expected).as<UnionType>();
  const auto is_file = [](const Type& type) { return type.as<FileType>() != nullptr; };
  const auto is_text = [](const Type& type) { return type.as<StringType>() != nullptr; };
  if (choices == nullptr) return;
  if (std::none_of(choices->members.begin(), choices->members.end(), is_file)) return;
  if (std::none_of(choices->members.begin(), choices->members.end(), is_text)) return;
  if (literal.text.find_first_of("./") == std::string::npos || literal.text.size() > longest_file_name) return;
  if (is_placed(literal.text)) return;
  std::error_code code;
  const std::filesystem::path path = module_.directory / literal.text;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (module_.looks != nullptr) module_.looks->add({.path = path.string(), .seen = seen_text(status)});
  if (!std::filesystem::is_regular_file(status)) return;
  diagnostics_.add({.name = "file-as-text",
                    .message = "`" + literal.text + "` is a file, and here only its name is given",
                    .span = span,
                    .label = "a text",
                    .hint = "write `file(\"" + literal.text + "\")`: the program then finds it, and the step runs again when it changes",
                    .severity = Severity::warning});
}

Checked ExpressionChecker::infer_node(const StringLiteral& literal, Span span, const Expected& expected) {
  warn_of_file_as_text(literal, span, expected.type);
  const Type target = literal_target(expected.type);
  if (target.as<FileType>() != nullptr || target.as<DirType>() != nullptr) {
    if (literal.text.empty()) error("empty-path", span, "a path is empty", "names no file", "write the path of a file or folder");
    return {target};
  }
  const auto* members = target.as<EnumType>();
  if (members == nullptr) return {Type(StringType{})};
  if (std::find(members->members.begin(), members->members.end(), literal.text) == members->members.end()) {
    const std::vector<std::string_view> names(members->members.begin(), members->members.end());
    error("unknown-member", span, (expected.place.empty() ? "this place" : std::string(expected.place)) + " takes one of " + listed(members->members),
          "none of them", did_you_mean(literal.text, names));
    return {Type()};
  }
  return {target};
}

Checked ExpressionChecker::infer_node(const Interpolation& text, Span span, const Expected& expected) {
  bool late = false, is_secret = false;
  for (const ExpressionId part : text.parts) {
    is_in_text_ = true;
    const Checked checked = infer(part);
    is_in_text_ = false;
    late = late || checked.late;
    const Type& type = checked.type;
    const Type printable{UnionType{{Type(StringType{}), Type(BoolType{}), Type(IntType{}), Type(FloatType{}), Type(DurationType{}), Type(SizeType{})}}};
    if (fits(type, printable)) continue;
    if (type.as<SecretType>() != nullptr) {
      is_secret = true;
      continue;
    }
    std::string hint = "join a list with `join(…, \", \")`, or show a value with `json(…)`";
    if (type.as<FileType>() != nullptr || type.as<DirType>() != nullptr) hint = "give the file itself, as an element of `command` or `args`, or take its `basename(…)`";
    if (type.as<OptionalType>() != nullptr) hint = "give a value for the case of none with `?? …`";
    error("not-text", at(part).span, "`" + type_text(type) + "` cannot stand in a string", "not text", hint);
  }
  const Type target = without_optional(expected.type);
  if (target.as<FileType>() != nullptr || target.as<DirType>() != nullptr) {
    error("type-mismatch", span, (expected.place.empty() ? "this place" : std::string(expected.place)) + " takes `" + type_text(target) + "`, not `string`",
          "a computed string", "a computed path is written `" + type_text(target) + "(\"…\")`");
    return {Type(), late};
  }
  return {is_secret ? Type(SecretType{Type(StringType{})}) : Type(StringType{}), late};
}

Checked ExpressionChecker::infer_node(const ListLiteral& list, Span, const Expected& expected) {
  const Type target = without_optional(expected.type);
  const auto* wanted = target.as<ListType>();
  const Expected element{wanted != nullptr ? wanted->element : Type(), expected.place};
  Type common;
  bool late = false;
  for (const ExpressionId id : list.elements) {
    const Checked checked = check(id, element);
    late = late || checked.late;
    if (wanted != nullptr) continue;
    const auto both = common_type(common, widened(checked.type));
    if (!both) {
      error("mixed-list", at(id).span, "the elements of a list are of one type", "this is `" + type_text(checked.type) + "`, those before are `" + type_text(common) + "`",
            "make them alike, or use a record");
      return {Type(), late};
    }
    common = *both;
  }
  return {wanted != nullptr ? target : Type(ListType{common}), late};
}

Checked ExpressionChecker::infer_node(const MapLiteral& map, Span span, const Expected& expected) {
  const Type target = without_optional(expected.type);
  const auto* wanted = target.as<MapType>();
  Type common;
  bool late = false;
  if (map.entries.empty() && target.as<RecordType>() != nullptr) return infer_node(RecordLiteral{}, span, expected);
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : map.entries) {
    check(key, {Type(StringType{}), "a map's key"});
    if (const auto* text = std::get_if<StringLiteral>(&at(key).node)) {
      if (std::find(keys.begin(), keys.end(), text->text) != keys.end()) {
        error("duplicate-key", at(key).span, "key `" + text->text + "` stands twice", "the second time", "take one of them out");
      }
      keys.push_back(text->text);
    }
    const Checked checked = check(value, {wanted != nullptr ? wanted->value : Type(), expected.place});
    late = late || checked.late;
    if (wanted != nullptr) continue;
    const auto both = common_type(common, widened(checked.type));
    if (!both) {
      error("mixed-map", at(value).span, "the values of a map are of one type", "this is `" + type_text(checked.type) + "`, those before are `" + type_text(common) + "`",
            "make them alike, or use a record: names without quotes");
      return {Type(), late};
    }
    common = *both;
  }
  return {wanted != nullptr ? target : Type(MapType{common}), late};
}

Checked ExpressionChecker::infer_node(const RecordLiteral& record, Span span, const Expected& expected) {
  const Type target = without_optional(expected.type);
  const auto* wanted = target.as<RecordType>();
  RecordType found;
  std::vector<std::string_view> meant;  // fields that a misspelt name stands for: one mistake, one error
  bool late = false;
  for (const RecordLiteralField& field : record.fields) {
    const std::string name(field.name.text);
    if (found.find(name) != nullptr) {
      error("duplicate-field", field.name.span, "field `" + name + "` stands twice", "the second time", "take one of them out");
      continue;
    }
    const RecordField* declared = wanted == nullptr ? nullptr : wanted->find(name);
    if (wanted != nullptr && declared == nullptr) {
      std::vector<std::string_view> names;
      for (const RecordField& candidate : wanted->fields) names.push_back(candidate.name);
      meant.push_back(nearest_name(name, names));
      error("unknown-field", field.name.span, "`" + type_text(target) + "` has no field `" + name + "`", "not a field", did_you_mean(name, names));
    }
    const std::string place = "field `" + name + "`";
    const Checked checked = check(field.value, {declared != nullptr ? declared->type : Type(), place});
    late = late || checked.late;
    found.fields.push_back({name, wanted == nullptr ? widened(checked.type) : checked.type});
  }
  if (wanted == nullptr) return {Type(std::move(found)), late};
  for (const RecordField& field : wanted->fields) {
    if (found.find(field.name) != nullptr || field.type.as<OptionalType>() != nullptr) continue;
    if (std::find(meant.begin(), meant.end(), field.name) != meant.end()) continue;
    error("missing-field", span, "`" + type_text(target) + "` needs field `" + field.name + "`", "it is missing here",
          "add `" + field.name + ": …`, of type `" + type_text(field.type) + "`");
  }
  return {target, late};
}

Checked ExpressionChecker::infer_node(const Comprehension& comprehension, Span, const Expected& expected) {
  const Checked source = infer(comprehension.source);
  const auto* list = source.type.as<ListType>();
  if (list == nullptr && !source.type.is_unknown()) {
    error("not-a-list", at(comprehension.source).span, "`for … in` goes over a list", "this is `" + type_text(source.type) + "`",
          "of a map take `keys(…)` or `values(…)`");
  }
  push_local({comprehension.variable, {list != nullptr ? list->element : Type(), source.late}});
  const std::size_t mark = narrowed_.size();
  bool late = source.late;
  if (comprehension.condition) {
    late = check(*comprehension.condition, {Type(BoolType{}), "the condition"}).late || late;
    narrow(*comprehension.condition, true);
  }
  const Type target = without_optional(expected.type);
  const auto* wanted = target.as<ListType>();
  const Checked element = check(comprehension.element, {wanted != nullptr ? wanted->element : Type(), expected.place});
  restore_narrowing(mark);
  pop_local();
  return {wanted != nullptr ? target : Type(ListType{element.type}), late || element.late};
}

}  // namespace sdlrun::dsl
