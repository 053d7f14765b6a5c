// One seed from its scenario to what it has shown.
#pragma once

#include <cstdint>
#include <filesystem>

#include "findings.hpp"

namespace sdlrun::simulation {

/// `folder` is for the pipeline's text, which is all that touches the real disk.
Findings simulate(std::uint64_t seed, const std::filesystem::path& folder);

}  // namespace sdlrun::simulation
