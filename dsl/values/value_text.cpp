#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

namespace {

bool is_ascii_control(char character) { return (character > 0 && character < 0x20) || character == 0x7F; }

std::string control_text(char character) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<int>(character), 16).ptr;
  return "\\u{" + std::string(digits.data(), end) + '}';
}

std::string quoted_text(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    switch (character) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\n': result += "\\n"; break;
      case '\t': result += "\\t"; break;
      case '$': result += "\\$"; break;
      default: result += is_ascii_control(character) ? control_text(character) : std::string(1, character);
    }
  }
  return result + '"';
}

/// The shortest text that reads back as the same number, always recognizable as a float.
std::string float_text(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  std::string text(buffer.data(), end);
  const bool is_plain_integer = text.find_first_not_of("-0123456789") == std::string::npos;
  return is_plain_integer ? text + ".0" : text;
}

struct WrittenUnit {
  std::int64_t factor;
  const char* name;
};

/// The largest units first, such as 2h30m; a size takes the largest unit that divides it.
std::string duration_text(std::int64_t milliseconds) {
  constexpr std::array units{WrittenUnit{86'400'000, "d"}, WrittenUnit{3'600'000, "h"}, WrittenUnit{60'000, "m"}, WrittenUnit{1'000, "s"}, WrittenUnit{1, "ms"}};
  if (milliseconds == 0) return "0s";
  std::string text = milliseconds < 0 ? "-" : "";
  auto rest = milliseconds < 0 ? 0 - static_cast<std::uint64_t>(milliseconds) : static_cast<std::uint64_t>(milliseconds);
  for (const WrittenUnit& unit : units) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    if (rest >= factor) text += std::to_string(rest / factor) + unit.name;
    rest %= factor;
  }
  return text;
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array units{WrittenUnit{1LL << 40, "TiB"}, WrittenUnit{1LL << 30, "GiB"}, WrittenUnit{1LL << 20, "MiB"}, WrittenUnit{1LL << 10, "KiB"}};
  for (const WrittenUnit& unit : units) {
    if (bytes != 0 && bytes % unit.factor == 0) return std::to_string(bytes / unit.factor) + unit.name;
  }
  return std::to_string(bytes) + "B";
}

using FileText = std::function<std::string(const Value&)>;

struct ValueWriter {
  const FileText& file_text;

  std::string text_of(const Value& value) const {
    if (file_text && (value.as<FileValue>() != nullptr || value.as<DirValue>() != nullptr)) return file_text(value);
    return std::visit(*this, value.data());
  }
  std::string fields_text(const Fields& fields, bool quote_names) const {
    std::string text = "{";
    for (const auto& [name, value] : fields) {
      text += (text.size() > 1 ? ", " : " ") + (quote_names ? quoted_text(name) : name) + ": " + text_of(value);
    }
    return text.size() > 1 ? text + " }" : "{}";
  }

  std::string operator()(const None&) const { return "none"; }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return float_text(number); }
  std::string operator()(const std::string& text) const { return quoted_text(text); }
  std::string operator()(const Duration& duration) const { return duration_text(duration.milliseconds); }
  std::string operator()(const Size& size) const { return size_text(size.bytes); }
  std::string operator()(const FileValue& file) const { return file.path; }
  std::string operator()(const DirValue& directory) const { return directory.path; }
  std::string operator()(const SecretValue& secret) const { return "secret " + secret.name; }
  std::string operator()(const std::shared_ptr<const List>& list) const {
    std::string text = "[";
    for (const Value& element : *list) text += (text.size() > 1 ? ", " : "") + text_of(element);
    return text + ']';
  }
  std::string operator()(const Map& map) const { return fields_text(*map.entries, true); }
  std::string operator()(const Record& record) const { return fields_text(*record.fields, false); }
  std::string operator()(const Handle& handle) const { return handle.type; }
};

}  // namespace

std::string value_text(const Value& value) { return value_text(value, {}); }

std::string value_text(const Value& value, const FileText& file_text) { return ValueWriter{file_text}.text_of(value); }

std::string plain_text(const Value& value) {
  const auto* text = value.as<std::string>();
  return text != nullptr ? *text : value_text(value);
}

}  // namespace sdlrun::dsl
