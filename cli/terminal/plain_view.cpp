#include "cli/terminal/plain_view.hpp"

#include <ostream>

namespace sdlrun::cli {

void PlainView::show(const engine::Event& event) {
  const std::lock_guard lock(mutex_);
  const std::vector<std::string> lines = report_.lines_for(event);
  for (const std::string& line : lines) stream_ << line << '\n';
  if (!lines.empty()) stream_.flush();
}

void PlainView::note(std::string_view text) {
  const std::lock_guard lock(mutex_);
  stream_ << text << '\n' << std::flush;
}

}  // namespace sdlrun::cli
