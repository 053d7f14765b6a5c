#include <charconv>
#include <functional>

#include "engine/cache/value_codec.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

std::optional<unsigned> hexadecimal_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  return std::nullopt;
}

std::optional<std::string> bytes_of(const std::string& hexadecimal) {
  if (hexadecimal.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    const auto high = hexadecimal_digit(hexadecimal[i]), low = hexadecimal_digit(hexadecimal[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A whole number that fits; JSON's own may be larger.
std::optional<std::int64_t> integer_of(const json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

/// The members of an array of known length.
const json::array_t* array_of(const json& value, std::size_t size) {
  const auto* array = value.get_ptr<const json::array_t*>();
  return array != nullptr && array->size() == size ? array : nullptr;
}

class Decoder {
 public:
  explicit Decoder(const std::filesystem::path& folder) : folder_(folder) {}

  std::optional<dsl::Value> value(const json& value) {
    // Types bound how deep real values nest; a file made to break us has no such bound.
    constexpr int deepest = 400;
    if (depth_ >= deepest) return std::nullopt;
    ++depth_;
    auto result = plain_or_tagged(value);
    --depth_;
    return result;
  }

  std::optional<dsl::Fields> fields(const json& value) {
    if (!value.is_array()) return std::nullopt;
    dsl::Fields result;
    for (const json& entry : value) {
      const auto* pair = array_of(entry, 2);
      if (pair == nullptr) return std::nullopt;
      auto name = decode_text((*pair)[0]);
      auto content = this->value((*pair)[1]);
      if (!name || !content) return std::nullopt;
      result.emplace_back(std::move(*name), std::move(*content));
    }
    return result;
  }

 private:
  std::optional<dsl::Value> plain_or_tagged(const json& value) {
    if (value.is_null()) return dsl::Value();
    if (value.is_boolean()) return dsl::Value::boolean(value.get<bool>());
    if (value.is_array()) return list(value);
    if (value.is_number()) {
      const auto number = integer_of(value);
      return number ? std::optional(dsl::Value::integer(*number)) : std::nullopt;
    }
    if (auto text = decode_text(value)) return dsl::Value::text(*text);
    if (!value.is_object() || value.size() != 1) return std::nullopt;
    return tagged(value.begin().key(), value.begin().value());
  }

  std::optional<dsl::Value> list(const json& value) {
    dsl::List elements;
    for (const json& element : value) {
      auto decoded = this->value(element);
      if (!decoded) return std::nullopt;
      elements.push_back(std::move(*decoded));
    }
    return dsl::Value::list(std::move(elements));
  }

  std::optional<dsl::Value> tagged(const std::string& kind, const json& content) {
    if (kind == "file") return content_of<dsl::FileValue>(content);
    if (kind == "dir") return content_of<dsl::DirValue>(content);
    if (kind == "handle") return handle(content);
    if (kind == "map" || kind == "record") {
      auto entries = fields(content);
      if (!entries) return std::nullopt;
      return kind == "map" ? dsl::Value::map(std::move(*entries)) : dsl::Value::record(std::move(*entries));
    }
    if (kind == "duration" || kind == "size") {
      const auto number = integer_of(content);
      if (!number) return std::nullopt;
      return kind == "size" ? dsl::Value(dsl::Size{*number}) : dsl::Value(dsl::Duration{*number});
    }
    const auto text = decode_text(content);
    if (kind == "secret" && text) return dsl::Value(dsl::SecretValue{*text});
    const auto number = kind == "float" && text ? number_of(*text) : std::nullopt;
    return number ? std::optional(dsl::Value(*number)) : std::nullopt;
  }

  template <typename Kind>
  std::optional<dsl::Value> content_of(const json& content) {
    const auto* parts = array_of(content, 2);
    if (parts == nullptr) return std::nullopt;
    auto path = decode_path((*parts)[0], folder_);
    auto digest = decode_text((*parts)[1]);
    if (!path || !digest) return std::nullopt;
    return dsl::Value(Kind{std::move(*path), std::move(*digest)});
  }

  std::optional<dsl::Value> handle(const json& content) {
    const auto* parts = array_of(content, 3);
    if (parts == nullptr) return std::nullopt;
    auto type = decode_text((*parts)[0]);
    auto digest = decode_text((*parts)[1]);
    auto inner = fields((*parts)[2]);
    if (!type || !digest || !inner) return std::nullopt;
    return dsl::Value::handle(std::move(*type), std::move(*digest), std::move(*inner));
  }

  const std::filesystem::path& folder_;
  int depth_ = 0;
};

}  // namespace

std::optional<std::string> decode_text(const json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  if (!value.is_object() || value.size() != 1 || !value.contains("bytes")) return std::nullopt;
  const auto* hexadecimal = value["bytes"].get_ptr<const std::string*>();
  return hexadecimal == nullptr ? std::nullopt : bytes_of(*hexadecimal);
}

std::optional<std::string> decode_path(const json& value, const std::filesystem::path& state_folder) {
  auto text = decode_text(value);
  if (!text || text->empty() || text->starts_with('/')) return text;
  return (state_folder / *text).string();
}

std::optional<dsl::Value> decode_value(const json& value, const std::filesystem::path& state_folder) {
  return Decoder(state_folder).value(value);
}

std::optional<dsl::Fields> decode_fields(const json& value, const std::filesystem::path& state_folder) {
  return Decoder(state_folder).fields(value);
}

}  // namespace sdlrun::engine
