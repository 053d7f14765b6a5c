// What a simulated run shows: what its length is made of, and how busy slots and pools were.
#pragma once

#include <string>
#include <vector>

#include "engine/simulate/critical_path.hpp"
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
  CriticalPath critical;  // pauses between attempts included
  Usage slots;
  std::vector<Usage> pools;
};

Analysis analyse(const dsl::Pipeline& pipeline, const Simulation& simulation, std::size_t jobs);

}  // namespace sdlrun::engine
