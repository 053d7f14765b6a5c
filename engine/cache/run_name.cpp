#include "engine/cache/run_name.hpp"

#include <array>
#include <ctime>

namespace sdlrun::engine {

std::string run_name(Milliseconds started, int number) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(started).count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S-", &local);
  return std::string(text.data(), length) + std::to_string(number);
}

}  // namespace sdlrun::engine
