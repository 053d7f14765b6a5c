// Values as they are known once evaluated: parameters, stage inputs, step outputs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sdlrun::dsl {

class Value;

struct None {
  friend bool operator==(const None&, const None&) = default;
};
struct Duration {
  std::int64_t milliseconds = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};
struct Size {
  std::int64_t bytes = 0;
  friend bool operator==(const Size&, const Size&) = default;
};
/// A file or folder, by path. Inputs of the project have an absolute path and no digest; a step's outputs carry the
/// digest of their content ("sha256:…"), so that nobody reads them again to know what they are.
struct FileValue {
  std::string path;
  std::string digest;
  friend bool operator==(const FileValue&, const FileValue&) = default;
};
struct DirValue {
  std::string path;
  std::string digest;
  friend bool operator==(const DirValue&, const DirValue&) = default;
};
struct SecretPlace;
/// A secret by its name and where to read it when a step needs it; its text is never in a Value.
struct SecretValue {
  std::string name;  // as declared, which is what keys and messages show; of a text with secrets in it: "https://${token}@host"
  std::shared_ptr<const SecretPlace> place = nullptr;  // none: read back from a record, which knows no more than the name
  friend bool operator==(const SecretValue& left, const SecretValue& right) { return left.name == right.name; }
};
struct SecretPlace {
  enum class Source { environment, file, generated, text, composed };
  Source source = Source::environment;
  /// The variable's name, the file's path, what a generated one is kept as ("dev.token"), or a text that is no secret.
  std::string text = {};
  std::vector<SecretValue> parts = {};  // of a composed one, in their order
};

using List = std::vector<Value>;
/// In the order written; keys are unique. Records and maps have the same form.
using Fields = std::vector<std::pair<std::string, Value>>;
struct Map {
  std::shared_ptr<const Fields> entries;
};
struct Record {
  std::shared_ptr<const Fields> fields;
};
/// What a stage hands to other stages without the language looking into it. `digest` is its identity in keys.
struct Handle {
  std::string type;  // "python.environment"
  std::string digest;
  std::shared_ptr<const Fields> fields;
};

/// An immutable value, cheap to copy.
class Value {
 public:
  using Data = std::variant<None, bool, std::int64_t, double, std::string, Duration, Size, FileValue, DirValue,
                            SecretValue, std::shared_ptr<const List>, Map, Record, Handle>;

  Value() = default;
  Value(Data data) : data_(std::move(data)) {}  // NOLINT: values are made from their data everywhere

  static Value list(List elements);
  static Value map(Fields entries);
  static Value record(Fields fields);
  static Value handle(std::string type, std::string digest, Fields fields);
  static Value text(std::string_view text) { return Value(Data(std::string(text))); }
  static Value integer(std::int64_t number) { return Value(Data(number)); }
  static Value boolean(bool truth) { return Value(Data(truth)); }

  const Data& data() const { return data_; }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&data_);
  }
  const List* as_list() const;
  /// Of a map, a record or a handle.
  const Fields* as_fields() const;
  /// A field of a record or handle, or an entry of a map; nothing where it is missing.
  const Value* find(std::string_view name) const;

  friend bool operator==(const Value& left, const Value& right);

 private:
  Data data_;
};

/// The order of two values of one kind that has one: numbers, strings, durations, sizes.
bool is_less(const Value& left, const Value& right);

/// As a user would write it in a .sdl file; files as their path, secrets as `secret NAME`, handles as their type.
std::string value_text(const Value& value);
/// The same, with files and folders, also those inside of it, as `file_text` gives them.
std::string value_text(const Value& value, const std::function<std::string(const Value&)>& file_text);

/// As interpolation and command lines take it: strings without quotes, `10s`, `512MiB`, numbers as digits.
/// Only for bool, int, float, string, duration, size, file, dir.
std::string plain_text(const Value& value);

}  // namespace sdlrun::dsl
