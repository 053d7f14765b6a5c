#include "cli/report/pipeline_help.hpp"

#include "cli/report/json_text.hpp"
#include "cli/report/table.hpp"
#include "cli/source_text.hpp"
#include "cli/terminal/text_width.hpp"
#include "dsl/syntax/parser.hpp"

namespace sdlrun::cli {

namespace {

std::string list_of_names(std::string_view title, const std::vector<std::string>& names, const Style& style, std::size_t columns) {
  if (names.empty()) return "";
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  std::string result = '\n' + style.paint(Tone::strong, title) + '\n';
  for (const std::string& line : wrapped(list, columns > 2 ? columns - 2 : 1)) result += "  " + line + '\n';
  return result;
}

}  // namespace

std::string pipeline_help_text(const PipelineHelp& help, const Style& style, std::size_t columns) {
  std::string result = style.paint(Tone::strong, help.signature.name) + style.paint(Tone::quiet, "  " + help.file) + '\n';
  if (!help.signature.doc.empty()) {
    for (const std::string& line : wrapped(help.signature.doc, columns > 2 ? columns - 2 : 1)) result += "  " + line + '\n';
  }
  if (!help.signature.params.empty()) result += '\n' + style.paint(Tone::strong, "Params (name=value)") + '\n';
  Table table;
  for (const auto& param : help.signature.params) {
    table.rows.push_back({"  " + param.name, param.type_text, param.default_text.empty() ? "required" : "= " + param.default_text, param.doc});
  }
  result += table_text(table, style, columns);
  result += list_of_names("Steps", help.signature.steps, style, columns);
  return result + list_of_names("Outputs", help.outputs, style, columns);
}

std::string pipeline_help_json(const PipelineHelp& help) {
  Json params = Json::array();
  for (const auto& param : help.signature.params) {
    Json entry = {{"name", param.name}, {"type", param.type_text}, {"doc", param.doc}};
    if (!param.default_text.empty()) entry["default"] = param.default_text;
    params.push_back(std::move(entry));
  }
  return json_document({{"pipeline", help.signature.name},
                        {"file", help.file},
                        {"doc", help.signature.doc},
                        {"params", params},
                        {"steps", help.signature.steps},
                        {"outputs", help.outputs}});
}

PipelineNames names_in_file(const std::filesystem::path& file) {
  const engine::Result<std::string> text = read_source(file);
  if (!text) return {};
  dsl::Sources sources;
  dsl::Diagnostics diagnostics;
  const dsl::Module module = dsl::parse_module(sources, sources.add(file, *text), diagnostics);
  PipelineNames names;
  for (const dsl::Declaration& declaration : module.declarations) {
    const auto* pipeline = std::get_if<dsl::PipelineDeclaration>(&declaration);
    if (pipeline == nullptr) continue;
    names.pipeline = pipeline->name.text;
    for (const dsl::Item& item : pipeline->items) {
      if (const auto* output = std::get_if<dsl::OutputDeclaration>(&item)) names.outputs.emplace_back(output->name.text);
    }
  }
  return names;
}

}  // namespace sdlrun::cli
