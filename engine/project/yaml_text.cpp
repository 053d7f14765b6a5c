#include "engine/project/yaml_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "dsl/values/value.hpp"

namespace sdlrun::engine {

namespace {

// Aliases let a small file stand for an endless value.
constexpr int deepest = 60;
constexpr std::size_t longest = 1024 * 1024;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(const std::string& text) {
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_number(const YAML::Node& scalar) {
  double number = 0;
  const char first = scalar.Scalar().empty() ? ' ' : scalar.Scalar()[0];
  return (is_digit(first) || first == '-') && YAML::convert<double>::decode(scalar, number);
}

/// 10s, 2h30m, 512MiB: digits and a unit, as often as one likes.
bool is_quantity(std::string_view text) {
  constexpr std::array<std::string_view, 15> units{"ms", "KiB", "MiB", "GiB", "TiB", "KB", "kB", "MB",
                                                   "GB", "TB",  "d",   "h",   "m",   "s",  "B"};
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    text.remove_prefix(digits);
    const auto unit =
        std::find_if(units.begin(), units.end(), [&](std::string_view name) { return text.starts_with(name); });
    if (digits == 0 || unit == units.end()) return false;
    text.remove_prefix(unit->size());
  }
  return true;
}

bool is_quoted(const YAML::Node& node) {
  return node.Tag() == "!";
}

std::string literal(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  const bool is_word = text == "true" || text == "false" || text == "none";
  if (!is_quoted(scalar) && (is_word || is_number(scalar) || is_quantity(text))) return text;
  return dsl::value_text(dsl::Value::text(text));
}

class Writer {
 public:
  bool write(const YAML::Node& node, int depth) {
    if (depth > deepest || text.size() > longest) return false;
    if (node.IsNull()) text += "none";
    if (node.IsScalar()) text += literal(node);
    if (node.IsSequence()) return write_list(node, depth);
    if (node.IsMap()) return write_map(node, depth);
    return true;
  }

  std::string text;

 private:
  bool write_list(const YAML::Node& node, int depth) {
    text += '[';
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i > 0) text += ", ";
      if (!write(node[i], depth + 1)) return false;
    }
    text += ']';
    return true;
  }

  bool write_map(const YAML::Node& node, int depth) {
    const bool is_record = std::all_of(node.begin(), node.end(), [](const auto& entry) {
      return entry.first.IsScalar() && !is_quoted(entry.first) && is_name(entry.first.Scalar());
    });
    text += '{';
    const char* separator = " ";
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return false;
      const std::string& name = entry.first.Scalar();
      text += separator + (is_record ? name : dsl::value_text(dsl::Value::text(name))) + ": ";
      if (!write(entry.second, depth + 1)) return false;
      separator = ", ";
    }
    text += node.size() > 0 ? " }" : "}";
    return true;
  }
};

}  // namespace

tl::expected<std::string, std::string> param_text(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  Writer writer;
  if (!writer.write(node, 0))
    return tl::unexpected(std::string("is nested too deeply, too long, or has a key that is no text"));
  return std::move(writer.text);
}

}  // namespace sdlrun::engine
