#include "stages/spark/kubernetes/properties.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace sdlrun::stages::spark {

using engine::Result;

namespace {

constexpr std::int64_t least_overhead = 384;
std::string escaped(std::string_view text, bool is_name) {
  std::string result;
  for (const char c : text) {
    if (c == ' ') result += is_name || result.empty() ? "\\ " : " ";
    else if (c == '\t') result += "\\t";
    else if (c == '\n') result += "\\n";
    else if (c == '\r') result += "\\r";
    else if (c == '\f') result += "\\f";
    else if (c == '\\' || c == '=' || c == ':' || c == '#' || c == '!') result += {'\\', c};
    else result += c;  // what is no ASCII too: to a Writer Java writes no \uXXXX
  }
  return result;
}

}  // namespace

std::string property(const Properties& properties, std::string_view name) {
  const auto found = properties.find(std::string(name));
  return found == properties.end() ? std::string() : found->second;
}

Properties properties_below(const Properties& properties, std::string_view beginning) {
  Properties found;
  for (const auto& [name, value] : properties) {
    if (name.starts_with(beginning) && name.size() > beginning.size()) found.emplace(name.substr(beginning.size()), value);
  }
  return found;
}

std::string comma_list(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

std::string properties_text(const Properties& properties) {
  std::string text;
  for (const auto& [name, value] : properties) text += escaped(name, true) + '=' + escaped(value, false) + '\n';
  return text;
}

Result<std::int64_t> mebibytes(const std::string& text, const std::string& name) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(std::as_const(lower).data(), lower.data() + lower.size(), number);
  std::string unit = lower.substr(static_cast<std::size_t>(end - lower.data()));
  if (unit.size() == 2 && unit.ends_with('b')) unit.pop_back();
  constexpr std::int64_t most = 1LL << 40;
  if (code == std::errc() && number >= 0 && number < most) {
    if (unit.empty() || unit == "m") return number;
    if (unit == "g") return number << 10;
    if (unit == "t") return number << 20;
    if (unit == "k") return number >> 10;
    if (unit == "b") return number >> 20;
  }
  return engine::failure("`" + name + "` is `" + text + "`, which is no size to Spark", "sizes are written like `512m` or `2g`");
}

Result<std::int64_t> overhead_mebibytes(const Properties& properties, const std::string& role, std::int64_t memory, bool is_python) {
  const std::string name = "spark." + role + ".memoryOverhead";
  if (const std::string given = property(properties, name); !given.empty()) return mebibytes(given, name);
  double factor = is_python ? 0.4 : 0.1;
  for (const std::string& each : {std::string("spark.kubernetes.memoryOverheadFactor"), name + "Factor"}) {
    if (const std::string given = property(properties, each); !given.empty()) factor = std::strtod(given.c_str(), nullptr);
  }
  std::int64_t least = least_overhead;
  const std::string least_name = "spark." + role + ".minMemoryOverhead";
  if (const std::string given = property(properties, least_name); !given.empty()) {
    const auto size = mebibytes(given, least_name);
    if (!size) return size;
    least = *size;
  }
  return std::max(static_cast<std::int64_t>(factor * static_cast<double>(memory)), least);
}

}  // namespace sdlrun::stages::spark
