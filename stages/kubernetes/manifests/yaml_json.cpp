#include "stages/kubernetes/manifests/yaml_json.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <yaml-cpp/yaml.h>

namespace sdlrun::stages::kubernetes {

using engine::Result;
using nlohmann::json;

namespace {

/// Aliases of aliases grow without end in a few lines; no file of people's has so many values.
constexpr std::size_t most_values = 2'000'000;
constexpr int deepest = 200;

struct Problem {
  std::string message;
  int line;
};

std::optional<json> integer_of(std::string_view text) {
  std::string_view digits = text;
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0o") || digits.starts_with("0b")) {
    base = digits[1] == 'x' ? 16 : digits[1] == 'o' ? 8 : 2;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0' && digits.find_first_not_of("01234567") == std::string_view::npos) {
    base = 8;  // as in YAML 1.1, which `defaultMode: 0644` counts on
    digits.remove_prefix(1);
  }
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  constexpr std::uint64_t largest = 1ULL << 63U;
  if (!is_negative) return json(number);
  if (number > largest) return std::nullopt;
  return json(static_cast<std::int64_t>(-number));
}

std::optional<json> number_of(const std::string& text) {
  if (auto integer = integer_of(text)) return integer;
  const bool looks_like_one = text.find_first_of("0123456789") != std::string::npos && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  char* end = nullptr;
  const double number = looks_like_one ? std::strtod(text.c_str(), &end) : 0;
  if (!looks_like_one || *end != '\0' || !std::isfinite(number)) return std::nullopt;
  return json(number);
}

/// As YAML 1.1 has it, and kubectl: `yes` and `on` are truths too.
json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const std::string& tag = node.Tag();
  if (tag == "!" || tag == "tag:yaml.org,2002:str") return text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  for (const char* word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
    if (text == word) return true;
  }
  for (const char* word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
    if (text == word) return false;
  }
  if (auto number = number_of(text)) return *number;
  return text;
}

class Converter {
 public:
  /// Throws a Problem.
  json convert(const YAML::Node& node, int depth) {
    if (++values_ > most_values || depth > deepest) throw Problem{"it nests too deep, or has too many values", line(node)};
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: return nullptr;
      case YAML::NodeType::Scalar: return scalar(node);
      case YAML::NodeType::Sequence: {
        json list = json::array();
        for (const YAML::Node& element : node) list.push_back(convert(element, depth + 1));
        return list;
      }
      case YAML::NodeType::Map: return mapping(node, depth);
    }
    return nullptr;
  }

 private:
  static int line(const YAML::Node& node) { return node.Mark().line + 1; }

  json mapping(const YAML::Node& node, int depth) {
    json object = json::object(), merged = json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) throw Problem{"a key is not a text", line(entry.first)};
      const std::string& key = entry.first.Scalar();
      if (key == "<<") {
        merge(entry.second, merged, depth);
        continue;
      }
      if (object.contains(key)) throw Problem{"`" + key + "` is there twice", line(entry.first)};
      object[key] = convert(entry.second, depth + 1);
    }
    for (auto& [key, value] : merged.items()) {
      if (!object.contains(key)) object[key] = value;
    }
    return object;
  }

  /// `<<: *base`, or a list of such.
  void merge(const YAML::Node& node, json& merged, int depth) {
    if (node.IsSequence()) {
      for (const YAML::Node& each : node) merge(each, merged, depth);
      return;
    }
    if (!node.IsMap()) throw Problem{"`<<` takes a mapping", line(node)};
    const json fields = convert(node, depth + 1);
    for (const auto& [key, value] : fields.items()) {
      if (!merged.contains(key)) merged[key] = value;
    }
  }

  std::size_t values_ = 0;
};

}  // namespace

Result<std::vector<YamlDocument>> yaml_documents(const std::string& text, const std::string& place) {
  std::vector<YamlDocument> documents;
  Converter converter;
  try {
    for (const YAML::Node& node : YAML::LoadAll(text)) {
      if (!node.IsDefined() || node.IsNull()) continue;
      documents.push_back({.value = converter.convert(node, 0), .line = node.Mark().line + 1});
    }
  } catch (const YAML::Exception& exception) {
    return engine::failure(place + " is no YAML: line " + std::to_string(exception.mark.line + 1) + ": " + exception.msg);
  } catch (const Problem& problem) {
    return engine::failure(place + " cannot be taken: line " + std::to_string(problem.line) + ": " + problem.message);
  }
  return documents;
}

}  // namespace sdlrun::stages::kubernetes
