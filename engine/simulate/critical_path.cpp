#include "engine/simulate/critical_path.hpp"

#include <algorithm>
#include <optional>

namespace sdlrun::engine {

CriticalPath critical_path(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& order, const std::vector<Milliseconds>& lengths) {
  std::vector<Milliseconds> ways(pipeline.nodes.size());  // to the end of each
  std::vector<std::optional<dsl::NodeId>> before(pipeline.nodes.size());
  std::optional<dsl::NodeId> last;
  for (const dsl::NodeId node : order) {
    const std::size_t i = index_of(node);
    for (const dsl::NodeId dependency : pipeline.nodes[i].dependencies) {
      if (before[i] && ways[index_of(*before[i])] >= ways[index_of(dependency)]) continue;
      before[i] = dependency;
    }
    ways[i] = lengths[i] + (before[i] ? ways[index_of(*before[i])] : Milliseconds(0));
    if (lengths[i].count() > 0 && (!last || ways[i] > ways[index_of(*last)])) last = node;
  }
  CriticalPath path;
  if (!last) return path;
  path.length = ways[index_of(*last)];
  for (std::optional<dsl::NodeId> node = last; node; node = before[index_of(*node)]) {
    if (lengths[index_of(*node)].count() > 0) path.steps.push_back(*node);
  }
  std::reverse(path.steps.begin(), path.steps.end());
  return path;
}

}  // namespace sdlrun::engine
