// What was started beyond this machine and is not done with, as `runs`, `explain` and `clean` tell of it.
#pragma once

#include <string>
#include <vector>

#include "cli/report/json_text.hpp"
#include "cli/terminal/style.hpp"
#include "engine/outside/outside_record.hpp"

namespace sdlrun::cli {

/// Those of one pipeline, and of one step of it, where they are named.
std::vector<engine::OutsideRecord> records_of(std::vector<engine::OutsideRecord> records, const std::string& pipeline, const std::string& step);

/// A line each, under a head; empty where there is none.
std::string outside_text(const std::vector<engine::OutsideRecord>& records, const Style& style, std::size_t columns);
/// "`sdl-…` (http.job at https://…) was started (run R, step `train`)".
std::string outside_sentence(const engine::OutsideRecord& record);
Json outside_fields(const engine::OutsideRecord& record);

}  // namespace sdlrun::cli
