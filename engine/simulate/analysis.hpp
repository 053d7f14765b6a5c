// What a simulated run shows: what its length is made of, and how busy slots and pools were.
#pragma once

#include <string>
#include <vector>

#include "engine/simulate/simulation.hpp"

namespace sdlrun::engine {

/// Of something with so many places.
struct Usage {
  std::string name;
  std::int64_t places = 0;
  Milliseconds busy{0};  // of all places together
  Milliseconds full{0};  // how long no place was free
};

struct Analysis {
  /// The longest chain of steps that wait for each other, pauses between attempts included: with slots and pools for all
  /// the run would take so long.
  std::vector<dsl::NodeId> critical_path;
  Milliseconds critical_duration{0};
  Usage slots;
  std::vector<Usage> pools;
};

Analysis analyse(const dsl::Pipeline& pipeline, const Simulation& simulation, std::size_t jobs);

}  // namespace sdlrun::engine
