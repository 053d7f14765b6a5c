#include "dsl/values/value.hpp"

#include <algorithm>

namespace sdlrun::dsl {

Value Value::list(List elements) { return Value(Data(std::make_shared<const List>(std::move(elements)))); }

Value Value::map(Fields entries) { return Value(Data(Map{std::make_shared<const Fields>(std::move(entries))})); }

Value Value::record(Fields fields) { return Value(Data(Record{std::make_shared<const Fields>(std::move(fields))})); }

Value Value::handle(std::string type, std::string digest, Fields fields) {
  return Value(Data(Handle{std::move(type), std::move(digest), std::make_shared<const Fields>(std::move(fields))}));
}

const List* Value::as_list() const {
  const auto* list = as<std::shared_ptr<const List>>();
  return list == nullptr ? nullptr : list->get();
}

const Fields* Value::as_fields() const {
  if (const auto* map = as<Map>()) return map->entries.get();
  if (const auto* record = as<Record>()) return record->fields.get();
  if (const auto* handle = as<Handle>()) return handle->fields.get();
  return nullptr;
}

const Value* Value::find(std::string_view name) const {
  const Fields* fields = as_fields();
  if (fields == nullptr) return nullptr;
  const auto found = std::find_if(fields->begin(), fields->end(), [&](const auto& field) { return field.first == name; });
  return found == fields->end() ? nullptr : &found->second;
}

namespace {

struct SameValue {
  template <typename Left, typename Right>
  bool operator()(const Left&, const Right&) const {
    return false;
  }
  template <typename Same>
  bool operator()(const Same& left, const Same& right) const {
    return left == right;
  }
  bool operator()(const std::shared_ptr<const List>& left, const std::shared_ptr<const List>& right) const {
    return left == right || *left == *right;
  }
  bool operator()(const Map& left, const Map& right) const { return same_fields(left.entries, right.entries); }
  bool operator()(const Record& left, const Record& right) const { return same_fields(left.fields, right.fields); }
  bool operator()(const Handle& left, const Handle& right) const {
    return left.type == right.type && left.digest == right.digest;
  }

  /// The order of fields does not count.
  static bool same_fields(const std::shared_ptr<const Fields>& left, const std::shared_ptr<const Fields>& right) {
    if (left == right) return true;
    if (left->size() != right->size()) return false;
    Fields sorted_left = *left, sorted_right = *right;
    const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::sort(sorted_left.begin(), sorted_left.end(), by_name);
    std::sort(sorted_right.begin(), sorted_right.end(), by_name);
    return sorted_left == sorted_right;
  }
};

}  // namespace

bool is_less(const Value& left, const Value& right) {
  if (const auto* number = left.as<std::int64_t>()) return *number < *right.as<std::int64_t>();
  if (const auto* number = left.as<double>()) return *number < *right.as<double>();
  if (const auto* duration = left.as<Duration>()) return duration->milliseconds < right.as<Duration>()->milliseconds;
  if (const auto* size = left.as<Size>()) return size->bytes < right.as<Size>()->bytes;
  const auto *text = left.as<std::string>(), *other = right.as<std::string>();
  return text != nullptr && other != nullptr && *text < *other;
}

bool operator==(const Value& left, const Value& right) { return std::visit(SameValue{}, left.data_, right.data_); }

}  // namespace sdlrun::dsl
