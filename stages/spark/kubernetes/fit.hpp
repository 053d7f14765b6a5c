// Whether a job's driver and executors find room on a cluster's nodes as they are now.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/kubernetes/api/client.hpp"
#include "stages/spark/kubernetes/properties.hpp"

namespace sdlrun::stages::spark {

/// Bytes that driver and executors ask for, with what lies beside Java's memory.
struct WantedRoom {
  double driver = 0;
  double executor = 0;
  std::int64_t executors = 0;
};

WantedRoom wanted_room(const Properties& sizes);

/// What does not fit, and what to do; empty: all fits. `free` has the bytes of each node that Pods may be put on.
std::string misfit(const WantedRoom& wanted, std::vector<double> free);

/// Looks at the nodes and what asks for their memory, and warns. Whoever may not list them is not told anything: the scheduler will.
/// Processors are not looked at: what a job asks of them stands in its own `conf`.
engine::Task<engine::Result<bool>> warn_where_too_small(kubernetes::Client& client, Properties sizes);

}  // namespace sdlrun::stages::spark
