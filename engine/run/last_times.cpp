#include "engine/run/last_times.hpp"

#include <algorithm>

namespace sdlrun::engine {

std::vector<LastTime> last_times(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, State& state) {
  std::vector<LastTime> times(pipeline.nodes.size());
  auto known = state.last_times(pipeline.name);
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const dsl::Node& node = pipeline.nodes[i];
    if (!needed[i] || node.kind != dsl::NodeKind::step) continue;
    times[i].duration = guessed_duration;
    if (const auto last = known.find(node.name); last != known.end()) times[i] = std::move(last->second);
  }
  return times;
}

std::vector<Milliseconds> critical_paths(const dsl::Pipeline& pipeline, const std::vector<bool>& needed,
                                         const std::vector<LastTime>& times) {
  // Dependencies come first among the nodes, so that from the back a node is complete when its turn comes.
  std::vector<Milliseconds> paths(pipeline.nodes.size());
  for (std::size_t i = pipeline.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    paths[i] += times[i].duration;
    for (const dsl::NodeId dependency : pipeline.nodes[i].dependencies) {
      Milliseconds& before = paths[static_cast<std::uint32_t>(dependency)];
      before = std::max(before, paths[i]);
    }
  }
  return paths;
}

}  // namespace sdlrun::engine
