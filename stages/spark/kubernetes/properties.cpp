#include "stages/spark/kubernetes/properties.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace sdlrun::stages::spark {

using engine::Result;

namespace {

constexpr std::int64_t least_overhead = 384;
constexpr std::string_view digits = "0123456789ABCDEF";

/// One character of UTF-8 at `at`, which is moved behind it; a byte that is none stands for itself.
std::uint32_t code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t index) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index])); };
  const std::uint32_t first = byte(at++);
  const std::size_t following = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (at + following > text.size() || following == 0) return first;
  std::uint32_t point = first & (0x3FU >> following);
  for (std::size_t i = 0; i < following; ++i) point = (point << 6U) | (byte(at++) & 0x3FU);
  return point;
}

void add_unit(std::string& result, std::uint32_t unit) {
  result += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) result += digits[(unit >> static_cast<unsigned>(shift)) & 15U];
}

std::string escaped(std::string_view text, bool is_name) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_first = at == 0;
    const std::uint32_t point = code_point(text, at);
    if (point == ' ') result += is_name || is_first ? "\\ " : " ";
    else if (point == '\t') result += "\\t";
    else if (point == '\n') result += "\\n";
    else if (point == '\r') result += "\\r";
    else if (point == '\f') result += "\\f";
    else if (point == '\\' || point == '=' || point == ':' || point == '#' || point == '!') result += {'\\', static_cast<char>(point)};
    else if (point >= 0x20 && point <= 0x7E) result += static_cast<char>(point);
    else if (point < 0x10000) add_unit(result, point);
    else {
      add_unit(result, 0xD800 + ((point - 0x10000) >> 10U));
      add_unit(result, 0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
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
