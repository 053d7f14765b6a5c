// Who runs beside whom: intervals put on lanes on which none overlaps another, as traces and long timelines draw them.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/world/clock.hpp"

namespace sdlrun::cli {

struct Interval {
  engine::Milliseconds begin{0};
  engine::Milliseconds end{0};
};

/// The lane of each interval, counted from 0: the first that is free when it begins, so that there are as few as can be.
std::vector<std::size_t> lanes_of(const std::vector<Interval>& intervals);

}  // namespace sdlrun::cli
