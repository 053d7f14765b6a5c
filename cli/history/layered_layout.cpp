#include "cli/history/layered_layout.hpp"

#include <algorithm>
#include <numeric>

namespace sdlrun::cli {

namespace {

constexpr std::size_t most_nodes = 300;
constexpr std::size_t most_bends = 5000;
constexpr int sweeps = 8;

/// A node, or the bend of a long edge in a layer that it passes.
struct Vertex {
  std::size_t layer = 0;
  double row = 0;
  std::vector<std::size_t> before = {};  // vertices in the layer to the left
  std::vector<std::size_t> behind = {};  // and to the right
};

/// Nodes in the order of their indices will not do: a step that was added while the run went on may come before an older one.
std::vector<std::size_t> layers_of(const std::vector<std::vector<std::size_t>>& after) {
  std::vector<std::size_t> layers(after.size(), 0), missing(after.size(), 0), ready;
  std::vector<std::vector<std::size_t>> behind(after.size());
  for (std::size_t node = 0; node < after.size(); ++node) {
    missing[node] = after[node].size();
    for (const std::size_t before : after[node]) behind[before].push_back(node);
    if (after[node].empty()) ready.push_back(node);
  }
  for (std::size_t next = 0; next < ready.size(); ++next) {
    for (const std::size_t node : behind[ready[next]]) {
      layers[node] = std::max(layers[node], layers[ready[next]] + 1);
      if (--missing[node] == 0) ready.push_back(node);
    }
  }
  return layers;
}

bool is_readable(const std::vector<std::vector<std::size_t>>& after, const std::vector<std::size_t>& layers) {
  std::size_t bends = 0;
  for (std::size_t node = 0; node < after.size(); ++node) {
    for (const std::size_t before : after[node]) bends += layers[node] - layers[before];
  }
  return after.size() <= most_nodes && bends <= most_bends;
}

class Layout {
 public:
  Layout(const std::vector<std::vector<std::size_t>>& after, const std::vector<std::size_t>& layers) : nodes_(after.size()) {
    for (const std::size_t layer : layers) add(layer);
    for (std::size_t node = 0; node < after.size(); ++node) {
      for (const std::size_t before : after[node]) add_edge(before, node);
    }
    for (auto& layer : layers_) number(layer);
    for (int sweep = 0; sweep < sweeps; ++sweep) for_each_layer(sweep, [this](auto& layer, bool to_right) { order(layer, to_right); });
    for (int sweep = 0; sweep < sweeps; ++sweep) for_each_layer(sweep, [this](auto& layer, bool to_right) { place(layer, to_right); });
  }

  LayeredLayout result() const {
    LayeredLayout layout{.nodes = {}, .edges = {}, .layers = layers_.size(), .rows = 0};
    double first = vertices_.empty() ? 0 : vertices_.front().row;
    double last = first;
    for (const Vertex& vertex : vertices_) {
      first = std::min(first, vertex.row);
      last = std::max(last, vertex.row);
    }
    const auto place_of = [&](std::size_t vertex) {
      return LayeredLayout::Place{.layer = vertices_[vertex].layer, .row = vertices_[vertex].row - first};
    };
    for (std::size_t node = 0; node < nodes_; ++node) layout.nodes.push_back(place_of(node));
    for (const auto& edge : edges_) {
      std::vector<LayeredLayout::Place>& places = layout.edges.emplace_back();
      for (const std::size_t vertex : edge) places.push_back(place_of(vertex));
    }
    layout.rows = last - first + 1;
    return layout;
  }

 private:
  using Layer = std::vector<std::size_t>;

  std::size_t add(std::size_t layer) {
    if (layers_.size() <= layer) layers_.resize(layer + 1);
    layers_[layer].push_back(vertices_.size());
    vertices_.push_back({.layer = layer});
    return vertices_.size() - 1;
  }

  void add_edge(std::size_t from, std::size_t to) {
    std::vector<std::size_t>& path = edges_.emplace_back(1, from);
    for (std::size_t layer = vertices_[from].layer + 1; layer < vertices_[to].layer; ++layer) path.push_back(add(layer));
    path.push_back(to);
    for (std::size_t index = 1; index < path.size(); ++index) {
      vertices_[path[index - 1]].behind.push_back(path[index]);
      vertices_[path[index]].before.push_back(path[index - 1]);
    }
  }

  /// From left to right and back in turn.
  template <typename Action>
  void for_each_layer(int sweep, Action action) {
    const bool to_right = sweep % 2 == 0;
    for (std::size_t step = 0; step < layers_.size(); ++step) action(layers_[to_right ? step : layers_.size() - 1 - step], to_right);
  }

  void number(const Layer& layer) {
    for (std::size_t index = 0; index < layer.size(); ++index) vertices_[layer[index]].row = static_cast<double>(index);
  }

  /// The middle of the neighbours on one side; its own place where it has none.
  double middle(std::size_t vertex, bool to_right) const {
    const auto& neighbours = to_right ? vertices_[vertex].before : vertices_[vertex].behind;
    if (neighbours.empty()) return vertices_[vertex].row;
    const auto add_row = [this](double sum, std::size_t neighbour) { return sum + vertices_[neighbour].row; };
    return std::accumulate(neighbours.begin(), neighbours.end(), 0.0, add_row) / static_cast<double>(neighbours.size());
  }

  void order(Layer& layer, bool to_right) {
    std::vector<double> middles(vertices_.size());
    for (const std::size_t vertex : layer) middles[vertex] = middle(vertex, to_right);
    std::stable_sort(layer.begin(), layer.end(), [&](std::size_t left, std::size_t right) { return middles[left] < middles[right]; });
    number(layer);
  }

  /// As near to the neighbours as the order allows: neighbours in the layer that want the same place share their wish (the
  /// pooling of adjacent violators, which is exact for least squares).
  void place(const Layer& layer, bool to_right) {
    struct Pool {
      double sum;
      double count;
      double mean() const { return sum / count; }
    };
    std::vector<Pool> pools;
    for (std::size_t index = 0; index < layer.size(); ++index) {
      pools.push_back({middle(layer[index], to_right) - static_cast<double>(index), 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() >= pools.back().mean()) {
        pools[pools.size() - 2].sum += pools.back().sum;
        pools[pools.size() - 2].count += pools.back().count;
        pools.pop_back();
      }
    }
    std::size_t index = 0;
    for (const Pool& pool : pools) {
      for (double member = 0; member < pool.count; ++member, ++index) {
        vertices_[layer[index]].row = pool.mean() + static_cast<double>(index);
      }
    }
  }

  std::size_t nodes_;
  std::vector<Vertex> vertices_;  // nodes first
  std::vector<Layer> layers_;
  std::vector<std::vector<std::size_t>> edges_;
};

}  // namespace

std::optional<LayeredLayout> layered_layout(const std::vector<std::vector<std::size_t>>& after) {
  const std::vector<std::size_t> layers = layers_of(after);
  if (!is_readable(after, layers)) return std::nullopt;
  return Layout(after, layers).result();
}

}  // namespace sdlrun::cli
