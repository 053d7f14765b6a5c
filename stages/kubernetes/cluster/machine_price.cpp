#include "stages/kubernetes/cluster/machine_price.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace sdlrun::stages::kubernetes {

namespace {

/// A processor and a GiB of memory for an hour, of the Cloud Billing Catalog, us-central1, on demand, in September 2026:
/// https://cloud.google.com/compute/vm-instance-pricing
struct Family {
  std::string_view name;
  double processor;
  double gibibyte;
};
constexpr std::array<Family, 4> families = {{{"e2", 0.02181159, 0.00292353}, {"n2", 0.031611, 0.004237}, {"n2d", 0.027502, 0.003686}, {"t2d", 0.027502, 0.003686}}};

/// GiB of memory a processor: https://cloud.google.com/compute/docs/general-purpose-machines
struct Shape {
  std::string_view name;
  double memory;
};
constexpr std::array<Shape, 3> shapes = {{{"standard", 4}, {"highmem", 8}, {"highcpu", 1}}};

/// Shared processors are paid for as parts of one.
struct Small {
  std::string_view name;
  double processors;
  double memory;
};
constexpr std::array<Small, 3> small_ones = {{{"e2-micro", 0.25, 1}, {"e2-small", 0.5, 2}, {"e2-medium", 1, 4}}};

constexpr double hours_a_month = 730;

}  // namespace

std::optional<double> machine_price(const std::string& machine) {
  for (const Small& small : small_ones) {
    if (small.name == machine) return small.processors * families.front().processor + small.memory * families.front().gibibyte;
  }
  for (const Family& family : families) {
    for (const Shape& shape : shapes) {
      const std::string beginning = std::string(family.name) + '-' + std::string(shape.name) + '-';
      if (!machine.starts_with(beginning)) continue;
      int processors = 0;
      const char* end = machine.data() + machine.size();
      const auto read = std::from_chars(machine.data() + beginning.size(), end, processors);
      if (read.ec != std::errc() || read.ptr != end || processors < 1) return std::nullopt;
      return processors * (family.processor + shape.memory * family.gibibyte);
    }
  }
  return std::nullopt;
}

std::string monthly(double dollars_an_hour) { return "about $" + std::to_string(std::lround(dollars_an_hour * hours_a_month)) + " a month"; }

}  // namespace sdlrun::stages::kubernetes
