#include "cli/report/words.hpp"

#include <array>
#include <ctime>

namespace sdlrun::cli {

std::string_view outcome_word(engine::StepOutcome outcome) {
  switch (outcome) {
    case engine::StepOutcome::ran: return "ran";
    case engine::StepOutcome::cached: return "cached";
    case engine::StepOutcome::skipped: return "skipped";
    case engine::StepOutcome::failed: return "failed";
    case engine::StepOutcome::stopped: return "stopped";
    case engine::StepOutcome::not_reached: return "not_reached";
  }
  return "";
}

std::string_view decision_word(engine::Decision decision) {
  switch (decision) {
    case engine::Decision::run: return "run";
    case engine::Decision::cached: return "cached";
    case engine::Decision::not_needed: return "not needed";
    case engine::Decision::decided_later: return "later";
  }
  return "";
}

std::string reason_text(const engine::PlannedStep& step) {
  return step.asks_shared_cache ? step.reason + ", unless the shared cache has it" : step.reason;
}

std::string counted(std::size_t count, std::string_view thing) {
  return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  return bytes < mebibyte ? std::to_string((bytes + 1023) / 1024) + " KiB" : std::to_string(bytes / mebibyte) + " MiB";
}

std::string moment_text(engine::Milliseconds since_1970) {
  const std::time_t seconds = since_1970.count() / 1000;
  std::tm parts{};
  if (localtime_r(&seconds, &parts) == nullptr) return "?";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string near_path(const std::filesystem::path& path) {
  std::error_code problem;
  const std::filesystem::path here = std::filesystem::current_path(problem);
  if (problem || !path.is_absolute()) return path.string();
  const std::filesystem::path relative = path.lexically_relative(here);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

}  // namespace sdlrun::cli
