#include "cli/terminal/json_view.hpp"

#include <ostream>

#include "cli/report/event_json.hpp"

namespace sdlrun::cli {

void JsonView::show(const engine::Event& event) { write(event_json(event, sources_)); }

void JsonView::note(std::string_view text) { write(note_json(text)); }

void JsonView::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  stream_ << line << '\n' << std::flush;
}

}  // namespace sdlrun::cli
