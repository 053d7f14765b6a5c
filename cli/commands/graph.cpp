// sdlrun graph: the steps and what they come after, as a drawing.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/graph/step_graph.hpp"
#include "cli/opened_pipeline.hpp"

namespace sdlrun::cli {

namespace {

std::optional<std::string> drawing(const std::string& format, const StepGraph& graph, const Screen& screen) {
  if (format == "text") return tree_text(graph, screen.style, screen.columns());
  if (format == "dot") return dot_text(graph);
  if (format == "mermaid") return mermaid_text(graph);
  if (format == "json") return graph_json(graph);
  return std::nullopt;
}

}  // namespace

int graph_command(Console& console, const Words& words) {
  Options options("graph", "graph FILE [name=value…]",
                  "Draws the steps. As text: a tree from each last step down to what it comes after.");
  OpenRequest request;
  std::string format = "text";
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.text("--format", format, "FORMAT", "text (default), dot, mermaid or json");
  options.text("--profile", request.profile, "NAME", "take params from this profile of sdl.yaml");
  common.declare(options);
  options.footer("A picture, by Graphviz: sdlrun graph imdb.sdl --format dot | dot -Tsvg > imdb.svg");
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (given.empty()) return options.refuse(console, "no file was named");
  if (common.json) format = "json";
  if (!drawing(format, {}, console.output)) {
    return options.refuse(console, "there is no format `" + format + '`', dsl::did_you_mean(format, {"text", "dot", "mermaid", "json"}, "formats: text, dot, mermaid, json"));
  }
  request.words = told_apart(given, true);
  if (!request.words.names.empty()) {
    return options.refuse(console, "`graph` draws the whole pipeline; it takes no step (`" + request.words.names.front() + "`)");
  }
  const auto opened = open_pipeline(request, Messages(console, common.json));
  if (!opened) return exit_code::wrong_input;
  const std::string drawn = *drawing(format, step_graph(opened->pipeline), console.output);
  format == "json" ? console.output.write(drawn) : console.output.say(drawn);
  return exit_code::done;
}

}  // namespace sdlrun::cli
