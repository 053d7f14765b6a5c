#include "cli/report/path_text.hpp"

#include "cli/terminal/duration_text.hpp"

namespace sdlrun::cli {

std::string path_text(const dsl::Pipeline& pipeline, const engine::CriticalPath& path, const Style& style) {
  constexpr std::size_t most_named = 12;
  const std::string arrow = style.unicode ? " → " : " -> ";
  const std::size_t count = path.steps.size();
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_left_out = count > most_named && i >= most_named / 2 && i < count - most_named / 2;
    if (is_left_out && i > most_named / 2) continue;
    text += text.empty() ? "" : arrow;
    text += is_left_out ? "(" + std::to_string(count - most_named) + " more)" : pipeline[path.steps[i]].name;
  }
  return duration_text(path.length) + (text.empty() ? "" : ": " + text);
}

}  // namespace sdlrun::cli
