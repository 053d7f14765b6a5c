#include <algorithm>
#include <array>
#include <charconv>

#include "engine/cache/value_codec.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

bool is_utf8(const std::string& text) {
  const bool is_ascii =
      std::none_of(text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) > 127; });
  if (is_ascii) return true;
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {  // the library's only way to say so
    return false;
  }
}

std::string hexadecimal(const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

std::string exact_text(double number) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

json one(const char* kind, json content) {
  json object = json::object();
  object[kind] = std::move(content);
  return object;
}

struct Encoder {
  const std::filesystem::path& folder;

  json operator()(const dsl::None&) const { return nullptr; }
  json operator()(bool truth) const { return truth; }
  json operator()(std::int64_t number) const { return number; }
  json operator()(double number) const { return one("float", exact_text(number)); }
  json operator()(const std::string& text) const { return encode_text(text); }
  json operator()(const dsl::Duration& duration) const { return one("duration", duration.milliseconds); }
  json operator()(const dsl::Size& size) const { return one("size", size.bytes); }
  json operator()(const dsl::FileValue& file) const {
    return one("file", json::array({encode_path(file.path, folder), file.digest}));
  }
  json operator()(const dsl::DirValue& directory) const {
    return one("dir", json::array({encode_path(directory.path, folder), directory.digest}));
  }
  json operator()(const dsl::SecretValue& secret) const { return one("secret", encode_text(secret.name)); }
  json operator()(const std::shared_ptr<const dsl::List>& list) const {
    json elements = json::array();
    for (const dsl::Value& element : *list) elements.push_back(encode_value(element, folder));
    return elements;
  }
  json operator()(const dsl::Map& map) const { return one("map", encode_fields(*map.entries, folder)); }
  json operator()(const dsl::Record& record) const { return one("record", encode_fields(*record.fields, folder)); }
  json operator()(const dsl::Handle& handle) const {
    json parts = json::array();
    parts.push_back(encode_text(handle.type));
    parts.push_back(encode_text(handle.digest));
    parts.push_back(encode_fields(*handle.fields, folder));
    return one("handle", std::move(parts));
  }
};

}  // namespace

json encode_text(const std::string& text) {
  return is_utf8(text) ? json(text) : one("bytes", hexadecimal(text));
}

json encode_path(const std::filesystem::path& path, const std::filesystem::path& state_folder) {
  const std::string& text = path.native();
  const std::string prefix = state_folder.native() + '/';
  return encode_text(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

json encode_value(const dsl::Value& value, const std::filesystem::path& state_folder) {
  return std::visit(Encoder{state_folder}, value.data());
}

json encode_fields(const dsl::Fields& fields, const std::filesystem::path& state_folder) {
  json entries = json::array();
  for (const auto& [name, value] : fields) {
    json entry = json::array();
    entry.push_back(encode_text(name));
    entry.push_back(encode_value(value, state_folder));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace sdlrun::engine
