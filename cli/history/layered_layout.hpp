// Where the nodes of an acyclic graph stand when it is drawn from left to right: in layers, each node behind all that it
// comes after, with few crossings (Sugiyama's way: layers, order by the middle of the neighbours, then positions).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace sdlrun::cli {

struct LayeredLayout {
  struct Place {
    std::size_t layer = 0;
    double row = 0;
  };
  std::vector<Place> nodes;
  /// One for each node and each of its `after`, in that order: a place in every layer from there to the node.
  std::vector<std::vector<Place>> edges;
  std::size_t layers = 0;
  double rows = 0;
};

/// `after[node]` are the nodes that come first. Nothing where the graph is too large for a
/// drawing that anyone could read.
std::optional<LayeredLayout> layered_layout(const std::vector<std::vector<std::size_t>>& after);

}  // namespace sdlrun::cli
