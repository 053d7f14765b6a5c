// What `--json` writes: one object a line, its kind in the field `event`. The fields are documented in docs/json.md.
#pragma once

#include <string>
#include <string_view>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/source/source.hpp"
#include "engine/error.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::cli {

/// One line without its end. What is not UTF-8 in it is replaced.
std::string event_json(const engine::Event& event, const dsl::Sources& sources);
/// The same with the moment, counted from the run's begin: as the run's event log has it.
std::string timed_event_json(const engine::Event& event, const dsl::Sources& sources, engine::Milliseconds at);
std::string error_json(const engine::Error& error);
std::string warning_json(std::string_view text);
std::string note_json(std::string_view text);
/// One line a diagnostic, with its end.
std::string diagnostics_lines(const dsl::Sources& sources, const dsl::Diagnostics& diagnostics);

}  // namespace sdlrun::cli
