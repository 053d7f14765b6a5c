// What must come of a scenario, computed without the engine: whatever disturbs it, its outputs are these.
#pragma once

#include <string>
#include <vector>

#include "scenario.hpp"

namespace sdlrun::simulation {

struct Expected {
  enum class Fate { good, skipped, failed, not_reached } fate = Fate::good;
  std::string content = {};  // 16 digits that follow from all its inputs: who has the same has the same key
};

/// By step, for a run that keeps going and in which no step fails but the hopeless ones.
std::vector<Expected> expectation(const Scenario& scenario, std::int64_t param);

/// What a step makes of its inputs. `values` are its values, `contents` those of its files and then of its folders.
std::string content_of(Work work, const std::string& label, const std::vector<std::int64_t>& values,
                       const std::vector<std::string>& contents);
/// The output `value`.
std::int64_t value_of(const std::string& content);
/// What stands in the file, which is of another length for each content.
std::string file_text(const std::string& content);

}  // namespace sdlrun::simulation
