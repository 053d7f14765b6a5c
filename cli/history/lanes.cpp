#include "cli/history/lanes.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace sdlrun::cli {

namespace {

template <typename Value>
using SmallestFirst = std::priority_queue<Value, std::vector<Value>, std::greater<>>;

}  // namespace

std::vector<std::size_t> lanes_of(const std::vector<Interval>& intervals) {
  std::vector<std::size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) { return intervals[left].begin < intervals[right].begin; });

  std::vector<std::size_t> lanes(intervals.size());
  SmallestFirst<std::pair<engine::Milliseconds, std::size_t>> taken;  // until when, and the lane
  SmallestFirst<std::size_t> free;
  std::size_t count = 0;
  for (const std::size_t index : order) {
    while (!taken.empty() && taken.top().first <= intervals[index].begin) {
      free.push(taken.top().second);
      taken.pop();
    }
    if (free.empty()) free.push(count++);
    lanes[index] = free.top();
    free.pop();
    taken.emplace(intervals[index].end, lanes[index]);
  }
  return lanes;
}

}  // namespace sdlrun::cli
