// A pipeline's graph as drawings take it: names and who comes after whom.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/terminal/style.hpp"
#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::cli {

struct StepGraph {
  struct Step {
    std::string name;
    std::string stage;  // empty for a requirement and a gate
    bool is_gate = false;
    std::vector<std::size_t> after;  // indices of the steps that come first
  };
  std::string pipeline;
  std::vector<Step> steps;  // dependencies come first
};

StepGraph step_graph(const dsl::Pipeline& pipeline);

/// For Graphviz.
std::string dot_text(const StepGraph& graph);
/// For Markdown.
std::string mermaid_text(const StepGraph& graph);
std::string graph_json(const StepGraph& graph);

/// For the terminal: from each step that nothing waits for, a tree of what it comes after. A step with dependencies that
/// was drawn above is only named again, with a mark; where the tree would grow too deep for the width, it goes on below.
std::string tree_text(const StepGraph& graph, const Style& style, std::size_t columns);

}  // namespace sdlrun::cli
