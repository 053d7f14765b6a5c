#include "stages/kubernetes/objects/quantity.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace sdlrun::stages::kubernetes {

namespace {

/// At most two digits behind the point, and no zeros at the end.
std::string short_text(double number) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.2f", number);
  std::string text = buffer.data();
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::optional<double> quantity(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, double>, 15> units{{{"", 1},
                                                                              {"n", 1e-9},
                                                                              {"u", 1e-6},
                                                                              {"m", 1e-3},
                                                                              {"k", 1e3},
                                                                              {"M", 1e6},
                                                                              {"G", 1e9},
                                                                              {"T", 1e12},
                                                                              {"P", 1e15},
                                                                              {"Ki", 1024.0},
                                                                              {"Mi", 1048576.0},
                                                                              {"Gi", 1073741824.0},
                                                                              {"Ti", 1099511627776.0},
                                                                              {"Pi", 1125899906842624.0},
                                                                              {"E", 1e18}}};
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return std::nullopt;
  for (const auto& [unit, factor] : units) {
    if (unit == end) return number * factor;
  }
  return std::nullopt;
}

std::string cpu_text(double cores) { return short_text(cores); }

std::string memory_text(double bytes) {
  constexpr double kibi = 1024;
  if (bytes >= kibi * kibi * kibi) return short_text(bytes / (kibi * kibi * kibi)) + "GiB";
  if (bytes >= kibi * kibi) return short_text(bytes / (kibi * kibi)) + "MiB";
  return short_text(bytes) + "B";
}

}  // namespace sdlrun::stages::kubernetes
