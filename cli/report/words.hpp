// The words for outcomes and decisions, the same in text and in JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/plan/plan.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::cli {

/// "ran", "cached", "skipped", "failed", "stopped", "not_reached".
std::string_view outcome_word(engine::StepOutcome outcome);
/// "run", "cached", "not needed", "later".
std::string_view decision_word(engine::Decision decision);
/// Why a step runs, and that the shared cache is asked first.
std::string reason_text(const engine::PlannedStep& step);
/// "1 step", "3 steps".
std::string counted(std::size_t count, std::string_view thing);
/// "12 KiB", "340 MiB".
std::string size_text(std::uint64_t bytes);
/// A moment for people, in local time: "2026-11-24 03:15:02".
std::string moment_text(engine::Milliseconds since_1970);
/// A path as seen from the current folder, where it lies below it.
std::string near_path(const std::filesystem::path& path);

}  // namespace sdlrun::cli
