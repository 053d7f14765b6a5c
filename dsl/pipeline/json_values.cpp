// Values from and to JSON, as programs write and read them.
#include <cmath>
#include <nlohmann/json.hpp>

#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

namespace {

using Json = nlohmann::json;

/// Deeper JSON than this is no value of a pipeline; reading stops there instead of using up the stack.
constexpr int deepest_json = 200;

std::string shown(const Json& json) {
  constexpr std::size_t longest = 60;
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return "`" + text + "`";
}

/// Reads one JSON value by a type; the path says where in the document it stands.
class Reader {
 public:
  explicit Reader(std::string& error) : error_(error) {}

  std::optional<Value> read(const Json& json, const Type& type, const std::string& path) {
    if (const auto* optional = type.as<OptionalType>()) return json.is_null() ? std::optional(Value()) : read(json, optional->inner, path);
    if (type.as<BoolType>() != nullptr && json.is_boolean()) return Value::boolean(json.get<bool>());
    if (const auto* range = type.as<IntType>(); range != nullptr && json.is_number_integer()) return read_int(json, *range, path);
    if (const auto* range = type.as<FloatType>(); range != nullptr && json.is_number()) return read_float(json.get<double>(), *range, json, path);
    if (type.as<StringType>() != nullptr && json.is_string()) return Value::text(json.get<std::string>());
    if (const auto* members = type.as<EnumType>(); members != nullptr && json.is_string()) return read_member(json, *members, path);
    if (type.as<DurationType>() != nullptr && json.is_number_integer()) return Value(Value::Data(Duration{json.get<std::int64_t>()}));
    if (type.as<SizeType>() != nullptr && json.is_number_integer()) return Value(Value::Data(Size{json.get<std::int64_t>()}));
    if (const auto* list = type.as<ListType>(); list != nullptr && json.is_array()) return read_list(json, *list, path);
    if (const auto* map = type.as<MapType>(); map != nullptr && json.is_object()) return read_map(json, *map, path);
    if (const auto* record = type.as<RecordType>(); record != nullptr && json.is_object()) return read_record(json, *record, path);
    return fail(path, "is " + shown(json) + ", not `" + type_text(type) + "`");
  }

 private:
  std::optional<Value> fail(const std::string& path, const std::string& what) {
    error_ = (path.empty() ? "the value" : "`" + path + "`") + " " + what;
    return std::nullopt;
  }

  std::optional<Value> read_int(const Json& json, const IntType& range, const std::string& path) {
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return fail(path, "is larger than an int can be");
    const auto number = json.get<std::int64_t>();
    if ((range.low && number < *range.low) || (range.high && number > *range.high)) return fail(path, "is " + shown(json) + ", outside of `" + type_text(Type(range)) + "`");
    return Value::integer(number);
  }

  std::optional<Value> read_float(double number, const FloatType& range, const Json& json, const std::string& path) {
    if ((range.low && number < *range.low) || (range.high && number > *range.high)) return fail(path, "is " + shown(json) + ", outside of `" + type_text(Type(range)) + "`");
    return Value(Value::Data(number));
  }

  std::optional<Value> read_member(const Json& json, const EnumType& type, const std::string& path) {
    const auto text = json.get<std::string>();
    for (const std::string& member : type.members) {
      if (member == text) return Value::text(text);
    }
    return fail(path, "is " + shown(json) + ", not one of `" + type_text(Type(type)) + "`");
  }

  std::optional<Value> read_list(const Json& json, const ListType& type, const std::string& path) {
    List elements;
    for (std::size_t i = 0; i < json.size(); ++i) {
      auto element = read(json[i], type.element, path + "[" + std::to_string(i) + "]");
      if (!element) return std::nullopt;
      elements.push_back(std::move(*element));
    }
    return Value::list(std::move(elements));
  }

  std::optional<Value> read_map(const Json& json, const MapType& type, const std::string& path) {
    Fields entries;
    for (const auto& [key, value] : json.items()) {
      auto entry = read(value, type.value, path + "[\"" + key + "\"]");
      if (!entry) return std::nullopt;
      entries.emplace_back(key, std::move(*entry));
    }
    return Value::map(std::move(entries));
  }

  /// Fields that the type does not name are passed over: a program may write more than a pipeline reads.
  std::optional<Value> read_record(const Json& json, const RecordType& type, const std::string& path) {
    Fields fields;
    for (const RecordField& field : type.fields) {
      const auto found = json.find(field.name);
      const std::string field_path = path.empty() ? field.name : path + "." + field.name;
      if (found == json.end() && field.type.as<OptionalType>() == nullptr) return fail(field_path, "is missing");
      auto value = found == json.end() ? std::optional(Value()) : read(*found, field.type, field_path);
      if (!value) return std::nullopt;
      fields.emplace_back(field.name, std::move(*value));
    }
    return Value::record(std::move(fields));
  }

  std::string& error_;
};

using OrderedJson = nlohmann::ordered_json;

struct Writer {
  OrderedJson operator()(const None&) const { return nullptr; }
  OrderedJson operator()(bool truth) const { return truth; }
  OrderedJson operator()(std::int64_t number) const { return number; }
  OrderedJson operator()(double number) const { return std::isfinite(number) ? OrderedJson(number) : OrderedJson(nullptr); }
  OrderedJson operator()(const std::string& text) const { return text; }
  OrderedJson operator()(const Duration& duration) const { return plain_text(Value(Value::Data(duration))); }
  OrderedJson operator()(const Size& size) const { return plain_text(Value(Value::Data(size))); }
  OrderedJson operator()(const FileValue& file) const { return path_json("file", file.path, file.digest); }
  OrderedJson operator()(const DirValue& directory) const { return path_json("dir", directory.path, directory.digest); }
  OrderedJson operator()(const SecretValue& secret) const { return {{"secret", secret.name}}; }
  OrderedJson operator()(const std::shared_ptr<const List>& list) const {
    OrderedJson result = OrderedJson::array();
    for (const Value& element : *list) result.push_back(std::visit(*this, element.data()));
    return result;
  }
  OrderedJson operator()(const Map& map) const { return object(*map.entries); }
  OrderedJson operator()(const Record& record) const { return object(*record.fields); }
  OrderedJson operator()(const Handle& handle) const { return {{"handle", handle.type}, {"digest", handle.digest}}; }

  OrderedJson object(const Fields& fields) const {
    OrderedJson result = OrderedJson::object();
    for (const auto& [name, value] : fields) result[name] = std::visit(*this, value.data());
    return result;
  }
  static OrderedJson path_json(const char* kind, const std::string& path, const std::string& digest) {
    OrderedJson result = {{kind, path}};
    if (!digest.empty()) result["digest"] = digest;
    return result;
  }
};

}  // namespace

std::optional<Value> value_from_json(std::string_view text, const Type& type, std::string& error) {
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) { return !(too_deep = too_deep || depth > deepest_json); };
  const Json json = Json::parse(text, limit_depth, false, false);
  if (too_deep || json.is_discarded()) {
    error = too_deep ? "it is nested more than 200 levels deep" : "it is not JSON";
    return std::nullopt;
  }
  return Reader(error).read(json, type, "");
}

std::string value_to_json(const Value& value) {
  return std::visit(Writer{}, value.data()).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace sdlrun::dsl
