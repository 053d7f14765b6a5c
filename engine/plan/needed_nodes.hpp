// Which nodes of a pipeline a run's goals need, also while it grows.
#pragma once

#include <set>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::engine {

/// The nodes that the goals need, goals included; all default goals where `goals` is empty. A step whose `when` is
/// known to be false needs nothing; a gate needs what the steps behind it may need.
std::vector<bool> needed_nodes(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& goals);

/// A step that runs if it is needed: no `when` may turn out to be false.
bool is_surely_wanted(const dsl::Node& node);

/// Not thread-safe.
class NeededNodes {
 public:
  NeededNodes(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& goals);

  bool contains(dsl::NodeId node) const;
  /// As many as the pipeline had nodes in the beginning, and more once it has grown.
  std::size_t size() const { return needed_.size(); }
  /// Those that the opening of a needed gate has added and that are needed, in the pipeline's order. A gate that is a goal
  /// makes all behind it goals.
  std::vector<dsl::NodeId> grow(const dsl::Growth& growth);

 private:
  void add(dsl::NodeId node, const dsl::Growth& growth);
  void add_requirements(const dsl::Growth& growth);

  const dsl::Pipeline& pipeline_;
  bool has_default_goals_;
  std::set<dsl::NodeId> goals_;
  std::vector<bool> needed_;
};

}  // namespace sdlrun::engine
