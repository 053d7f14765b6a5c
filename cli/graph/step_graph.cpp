#include "cli/graph/step_graph.hpp"

#include "cli/report/json_text.hpp"

namespace sdlrun::cli {

namespace {

/// Between double quotes, for both DOT and Mermaid's labels.
std::string quoted(std::string_view text, std::string_view quote_instead) {
  std::string result;
  for (const char byte : text) {
    if (byte == '"') {
      result += quote_instead;
    } else if (byte == '\n' || byte == '\\') {
      result += ' ';
    } else {
      result += byte;
    }
  }
  return '"' + result + '"';
}

}  // namespace

StepGraph step_graph(const dsl::Pipeline& pipeline) {
  StepGraph graph{.pipeline = pipeline.name, .steps = {}};
  for (const dsl::Node& node : pipeline.nodes) {
    StepGraph::Step step{.name = node.name.empty() ? "require" : node.name,
                         .stage = node.schema == nullptr ? "" : node.schema->full_name(),
                         .is_gate = node.kind == dsl::NodeKind::gate,
                         .after = {}};
    for (const dsl::NodeId dependency : node.dependencies) step.after.push_back(static_cast<std::uint32_t>(dependency));
    graph.steps.push_back(std::move(step));
  }
  return graph;
}

std::string dot_text(const StepGraph& graph) {
  std::string result = "digraph " + quoted(graph.pipeline, "\\\"") + " {\n  rankdir = LR\n  node [shape = box, style = rounded]\n";
  for (std::size_t index = 0; index < graph.steps.size(); ++index) {
    const StepGraph::Step& step = graph.steps[index];
    const std::string label = quoted(step.name, "\\\"");
    const std::string stage = quoted(step.stage, "\\\"");
    result += "  step" + std::to_string(index) + " [label = " +
              (step.stage.empty() ? label + ", shape = diamond, style = solid" : label.substr(0, label.size() - 1) + "\\n" + stage.substr(1)) +
              "]\n";
  }
  for (std::size_t index = 0; index < graph.steps.size(); ++index) {
    for (const std::size_t before : graph.steps[index].after) {
      result += "  step" + std::to_string(before) + " -> step" + std::to_string(index) + '\n';
    }
  }
  return result + "}\n";
}

std::string mermaid_text(const StepGraph& graph) {
  std::string result = "flowchart LR\n";
  for (std::size_t index = 0; index < graph.steps.size(); ++index) {
    const StepGraph::Step& step = graph.steps[index];
    const std::string label = quoted(step.name + (step.stage.empty() ? "" : "<br>" + step.stage), "#quot;");
    result += "  step" + std::to_string(index) + (step.stage.empty() ? '{' + label + '}' : '[' + label + ']') + '\n';
  }
  for (std::size_t index = 0; index < graph.steps.size(); ++index) {
    for (const std::size_t before : graph.steps[index].after) {
      result += "  step" + std::to_string(before) + " --> step" + std::to_string(index) + '\n';
    }
  }
  return result;
}

std::string graph_json(const StepGraph& graph) {
  Json steps = Json::array();
  for (const StepGraph::Step& step : graph.steps) {
    Json after = Json::array();
    for (const std::size_t before : step.after) after.push_back(graph.steps[before].name);
    steps.push_back({{"step", step.name}, {"stage", step.stage}, {"after", after}});
  }
  return json_document({{"pipeline", graph.pipeline}, {"steps", steps}});
}

}  // namespace sdlrun::cli
