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

constexpr std::string_view hexadecimal_digits = "0123456789abcdef";

std::string hexadecimal(const std::string& text) {
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    result += hexadecimal_digits[byte >> 4];
    result += hexadecimal_digits[byte & 15];
  }
  return result;
}

std::string exact_text(double number) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

/// JSON's text: quotes, backslashes and control characters are escaped.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < ' ') {
      out += "\\u00";
      out += hexadecimal_digits[byte >> 4];
      out += hexadecimal_digits[byte & 15];
      continue;
    }
    if (character == '"' || character == '\\') out += '\\';
    out += character;
  }
  out += '"';
}

struct Encoder {
  std::string& out;
  const std::filesystem::path& folder;

  void operator()(const dsl::None&) const { out += "null"; }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(double number) const {
    out += R"({"float":)";
    append_quoted(out, exact_text(number));
    out += '}';
  }
  void operator()(const std::string& text) const { append_text(out, text); }
  void operator()(const dsl::Duration& duration) const { out += R"({"duration":)" + std::to_string(duration.milliseconds) + '}'; }
  void operator()(const dsl::Size& size) const { out += R"({"size":)" + std::to_string(size.bytes) + '}'; }
  void operator()(const dsl::FileValue& file) const { content("file", file.path, file.digest); }
  void operator()(const dsl::DirValue& directory) const { content("dir", directory.path, directory.digest); }
  void operator()(const dsl::SecretValue& secret) const {
    out += R"({"secret":)";
    append_text(out, secret.name);
    out += '}';
  }
  void operator()(const std::shared_ptr<const dsl::List>& list) const {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ',';
      append_value(out, (*list)[i], folder);
    }
    out += ']';
  }
  void operator()(const dsl::Map& map) const { fields("map", *map.entries); }
  void operator()(const dsl::Record& record) const { fields("record", *record.fields); }
  void operator()(const dsl::Handle& handle) const {
    out += R"({"handle":[)";
    append_text(out, handle.type);
    out += ',';
    append_text(out, handle.digest);
    out += ',';
    append_fields(out, *handle.fields, folder);
    out += "]}";
  }

 private:
  void content(std::string_view kind, const std::string& path, const std::string& digest) const {
    out.append(R"({")").append(kind).append(R"(":[)");
    append_path(out, path, folder);
    out += ',';
    append_quoted(out, digest);
    out += "]}";
  }
  void fields(std::string_view kind, const dsl::Fields& entries) const {
    out.append(R"({")").append(kind).append(R"(":)");
    append_fields(out, entries, folder);
    out += '}';
  }
};

}  // namespace

void append_text(std::string& out, const std::string& text) {
  if (is_utf8(text)) return append_quoted(out, text);
  out += R"({"bytes":")" + hexadecimal(text) + "\"}";
}

void append_path(std::string& out, const std::string& path, const std::filesystem::path& state_folder) {
  const std::string& folder = state_folder.native();
  const bool is_below = path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
  append_text(out, is_below ? path.substr(folder.size() + 1) : path);
}

void append_value(std::string& out, const dsl::Value& value, const std::filesystem::path& state_folder) {
  std::visit(Encoder{out, state_folder}, value.data());
}

void append_fields(std::string& out, const dsl::Fields& fields, const std::filesystem::path& state_folder) {
  out += '[';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out += i == 0 ? "[" : ",[";
    append_text(out, fields[i].first);
    out += ',';
    append_value(out, fields[i].second, state_folder);
    out += ']';
  }
  out += ']';
}

json encode_text(const std::string& text) { return is_utf8(text) ? json(text) : json{{"bytes", hexadecimal(text)}}; }

json encode_value(const dsl::Value& value, const std::filesystem::path& state_folder) {
  std::string text;
  append_value(text, value, state_folder);
  return json::parse(text);
}

json encode_fields(const dsl::Fields& fields, const std::filesystem::path& state_folder) {
  std::string text;
  append_fields(text, fields, state_folder);
  return json::parse(text);
}

}  // namespace sdlrun::engine
