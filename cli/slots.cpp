#include "cli/slots.hpp"

#include <algorithm>
#include <cstdint>
#include <thread>

namespace sdlrun::cli {

std::size_t slots_of(std::size_t jobs, const engine::MachineLimits& machine) {
  if (jobs > 0) return jobs;
  const std::int64_t processors = machine.cpus > 0 ? machine.cpus : std::thread::hardware_concurrency();
  return static_cast<std::size_t>(std::max<std::int64_t>(1, processors));
}

}  // namespace sdlrun::cli
