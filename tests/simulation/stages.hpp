// The stages of simulated pipelines: what they make follows from what they read.
#pragma once

#include <set>
#include <string>

#include "engine/stage/stage.hpp"
#include "findings.hpp"
#include "run_checker.hpp"
#include "scenario.hpp"

namespace sdlrun::simulation {

/// Who works on what at this moment, and what was recorded before.
struct Workshop {
  const Scenario& scenario;
  Findings& findings;
  Recorded recorded = {};
  std::multiset<std::string> in_work = {};  // contents
  std::multiset<const Step*> at_work = {};
  int in_section = 0;
};

/// sim.make, sim.tree, sim.fetch and sim.job. The workshop outlives them.
engine::StageSet simulated_stages(Workshop& workshop);

/// Where sim.fetch downloads from.
std::string url_of(const std::string& step);

/// The name of what a step leaves in its folder.
inline constexpr const char* result_name = "result";
/// What a program does to its folder: leaves its result, or the beginning of it. A fault on the way ends it.
void leave_result(engine::Files& files, const std::filesystem::path& folder, Work work, const std::string& content, bool whole);
bool is_whole(const engine::Files& files, const std::filesystem::path& path, Work work, const std::string& content);
/// The content behind a file or folder; a violation where it is not whole.
std::string content_at(const engine::Files& files, const std::filesystem::path& path, Work work, Findings& findings);

}  // namespace sdlrun::simulation
