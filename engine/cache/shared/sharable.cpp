#include "engine/cache/shared/sharable.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

template <typename Kind>
bool holds(const dsl::Value& value) {
  if (value.as<Kind>() != nullptr) return true;
  if (const dsl::List* list = value.as_list()) return std::any_of(list->begin(), list->end(), holds<Kind>);
  const dsl::Fields* fields = value.as_fields();
  if (fields == nullptr) return false;
  return std::any_of(fields->begin(), fields->end(), [](const auto& field) { return holds<Kind>(field.second); });
}

bool knows_secret(const std::vector<dsl::NodeInput>& inputs) {
  const auto is_secret = [](const dsl::NodeInput& input) { return input.value.known && holds<dsl::SecretValue>(*input.value.known); };
  return std::any_of(inputs.begin(), inputs.end(), is_secret);
}

// ---- types ---------------------------------------------------------------------------------------------------------

/// Handles say where something is on this machine; secrets are nobody else's.
bool may_travel(const dsl::Type& type);

struct MayTravel {
  bool operator()(const dsl::HandleType&) const { return false; }
  bool operator()(const dsl::SecretType&) const { return false; }
  bool operator()(const dsl::OptionalType& type) const { return may_travel(type.inner); }
  bool operator()(const dsl::ListType& type) const { return may_travel(type.element); }
  bool operator()(const dsl::MapType& type) const { return may_travel(type.value); }
  bool operator()(const dsl::RecordType& type) const {
    return std::all_of(type.fields.begin(), type.fields.end(), [](const auto& field) { return may_travel(field.type); });
  }
  bool operator()(const dsl::UnionType& type) const { return std::all_of(type.members.begin(), type.members.end(), may_travel); }
  template <typename Plain>
  bool operator()(const Plain&) const {
    return true;
  }
};

bool may_travel(const dsl::Type& type) { return std::visit(MayTravel(), static_cast<const dsl::TypeNode::variant&>(type.node())); }

bool is_of(const dsl::Value& value, const dsl::Type& type);

struct IsOf {
  const dsl::Value& value;

  bool operator()(const dsl::UnknownType&) const { return true; }
  bool operator()(const dsl::NoneType&) const { return value.is_none(); }
  bool operator()(const dsl::BoolType&) const { return value.as<bool>() != nullptr; }
  bool operator()(const dsl::IntType& type) const { return is_in_range(value.as<std::int64_t>(), type); }
  bool operator()(const dsl::FloatType& type) const { return is_in_range(value.as<double>(), type); }
  bool operator()(const dsl::StringType&) const { return value.as<std::string>() != nullptr; }
  bool operator()(const dsl::DurationType&) const { return value.as<dsl::Duration>() != nullptr; }
  bool operator()(const dsl::SizeType&) const { return value.as<dsl::Size>() != nullptr; }
  bool operator()(const dsl::FileType&) const { return value.as<dsl::FileValue>() != nullptr; }
  bool operator()(const dsl::DirType&) const { return value.as<dsl::DirValue>() != nullptr; }
  bool operator()(const dsl::EnumType& type) const {
    const auto* text = value.as<std::string>();
    return text != nullptr && std::find(type.members.begin(), type.members.end(), *text) != type.members.end();
  }
  bool operator()(const dsl::ListType& type) const {
    const dsl::List* list = value.as_list();
    return list != nullptr && std::all_of(list->begin(), list->end(), [&](const dsl::Value& element) { return is_of(element, type.element); });
  }
  bool operator()(const dsl::MapType& type) const {
    const auto* map = value.as<dsl::Map>();
    return map != nullptr && std::all_of(map->entries->begin(), map->entries->end(), [&](const auto& entry) { return is_of(entry.second, type.value); });
  }
  bool operator()(const dsl::RecordType& type) const {
    const auto* record = value.as<dsl::Record>();
    if (record == nullptr || record->fields->size() != type.fields.size()) return false;
    return std::all_of(type.fields.begin(), type.fields.end(), [&](const dsl::RecordField& field) {
      const dsl::Value* member = value.find(field.name);
      return member != nullptr && is_of(*member, field.type);
    });
  }
  bool operator()(const dsl::OptionalType& type) const { return value.is_none() || is_of(value, type.inner); }
  bool operator()(const dsl::SecretType&) const { return false; }
  bool operator()(const dsl::HandleType&) const { return false; }
  bool operator()(const dsl::UnionType& type) const {
    return std::any_of(type.members.begin(), type.members.end(), [&](const dsl::Type& member) { return is_of(value, member); });
  }

 private:
  template <typename Number, typename Range>
  static bool is_in_range(const Number* number, const Range& range) {
    return number != nullptr && !(range.low && *number < *range.low) && !(range.high && *number > *range.high);
  }
};

bool is_of(const dsl::Value& value, const dsl::Type& type) { return std::visit(IsOf{value}, static_cast<const dsl::TypeNode::variant&>(type.node())); }

}  // namespace

bool may_be_shared(const dsl::Node& step) {
  if (step.kind != dsl::NodeKind::step || !step.options.cache || step.options.sharing == dsl::Sharing::never) return false;
  if (step.schema->effect == dsl::StageEffect::external) return false;
  const auto travels = [](const auto& output) { return may_travel(output.type); };
  if (!std::all_of(step.schema->outputs.begin(), step.schema->outputs.end(), travels)) return false;
  if (!std::all_of(step.declared_outputs.begin(), step.declared_outputs.end(), travels)) return false;
  return !knows_secret(step.inputs) && !knows_secret(step.options.environment);
}

bool holds_secret(const dsl::Fields& values) {
  return std::any_of(values.begin(), values.end(), [](const auto& value) { return holds<dsl::SecretValue>(value.second); });
}

bool holds_handle_or_secret(const dsl::Fields& values) {
  return holds_secret(values) || std::any_of(values.begin(), values.end(), [](const auto& value) { return holds<dsl::Handle>(value.second); });
}

bool are_outputs_of(const dsl::Node& step, const dsl::Fields& outputs) {
  std::size_t declared = 0;
  const auto is_there = [&](const auto& output) {
    ++declared;
    return std::any_of(outputs.begin(), outputs.end(), [&](const auto& field) { return field.first == output.name && is_of(field.second, output.type); });
  };
  return std::all_of(step.schema->outputs.begin(), step.schema->outputs.end(), is_there) &&
         std::all_of(step.declared_outputs.begin(), step.declared_outputs.end(), is_there) && outputs.size() == declared;
}

}  // namespace sdlrun::engine
