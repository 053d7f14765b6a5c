#include "engine/world/another_try.hpp"

#include <algorithm>

namespace sdlrun::engine {

std::string header_of(const HttpResponse& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(), [&](const auto& entry) { return entry.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

bool is_worth_another_try(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

Milliseconds pause_before(int attempt, const Result<HttpResponse>& response) {
  constexpr std::int64_t longest_seconds = 60;
  const std::string asked = response ? header_of(*response, "retry-after") : "";
  const bool is_number = !asked.empty() && asked.size() < 6 && asked.find_first_not_of("0123456789") == std::string::npos;
  if (is_number) return std::chrono::seconds(std::min<std::int64_t>(longest_seconds, std::stol(asked)));
  return Milliseconds(500LL << std::min(attempt, 5));
}

}  // namespace sdlrun::engine
