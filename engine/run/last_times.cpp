#include "engine/run/last_times.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

void take_time(const dsl::Node& node, LastTimesByName& known, LastTime& time) {
  if (node.kind != dsl::NodeKind::step) return;
  time.duration = guessed_duration;
  if (const auto last = known.find(node.name); last != known.end()) time = std::move(last->second);
}

}  // namespace

void add_own_time(const dsl::Node& node, dsl::NodeId id, Milliseconds duration, std::vector<Milliseconds>& paths) {
  const Milliseconds path = paths[index_of(id)] += duration;
  for (const dsl::NodeId dependency : node.dependencies) {
    Milliseconds& before = paths[index_of(dependency)];
    before = std::max(before, path);
  }
}

LastTimes last_times(const dsl::Pipeline& pipeline, const NeededNodes& needed, State& state) {
  LastTimes times(pipeline.nodes.size());
  LastTimesByName known = state.last_times(pipeline.name);
  for (std::uint32_t i = 0; i < times.size(); ++i) {
    if (needed.contains(dsl::NodeId{i})) take_time(pipeline.nodes[i], known, times[i]);
  }
  return times;
}

void add_last_times(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& added, LastTimesByName& known, LastTimes& times) {
  times.grow_to_at_least(pipeline.nodes.size());
  for (const dsl::NodeId node : added) take_time(pipeline[node], known, times[index_of(node)]);
}

std::vector<Milliseconds> critical_paths(const dsl::Pipeline& pipeline, const NeededNodes& needed, const LastTimes& times) {
  // Dependencies come first among the nodes, so that from the back a node is complete when its turn comes.
  std::vector<Milliseconds> paths(times.size());
  for (std::size_t i = paths.size(); i-- > 0;) {
    if (!needed.contains(static_cast<dsl::NodeId>(i))) continue;
    add_own_time(pipeline.nodes[i], static_cast<dsl::NodeId>(i), times[i].duration, paths);
  }
  return paths;
}

void add_critical_paths(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& added, const dsl::Growth& growth,
                        const LastTimes& times, std::vector<Milliseconds>& paths) {
  paths.resize(std::max(paths.size(), times.size()));
  for (const dsl::Growth::Needs& waiting : growth.waiting) {
    for (const dsl::NodeId node : waiting.needs) paths[index_of(node)] = std::max(paths[index_of(node)], paths[index_of(waiting.node)]);
  }
  for (auto node = added.rbegin(); node != added.rend(); ++node) add_own_time(pipeline[*node], *node, times[index_of(*node)].duration, paths);
}

}  // namespace sdlrun::engine
