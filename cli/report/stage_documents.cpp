#include <algorithm>

#include "cli/report/json_text.hpp"
#include "cli/report/stage_help.hpp"

namespace sdlrun::cli {

namespace {

/// In a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char byte : text) {
    if (byte == '|') result += '\\';
    result += byte == '\n' ? ' ' : byte;
  }
  return result;
}

std::string code(std::string_view text) { return text.empty() ? "" : '`' + cell(text) + '`'; }

std::string stage_markdown(const dsl::StageSchema& schema) {
  std::string result = "### " + schema.full_name() + "\n\n" + schema.summary + '\n';
  if (schema.effect == dsl::StageEffect::external) result += "\n*" + std::string(external_sentence) + "*\n";
  if (!schema.doc.empty()) result += '\n' + schema.doc + '\n';
  if (!schema.inputs.empty()) result += "\n| input | type | default | |\n| --- | --- | --- | --- |\n";
  for (const dsl::InputSchema& input : schema.inputs) {
    if (input.said_in_with) continue;
    const bool optional = input.type.as<dsl::OptionalType>() != nullptr;
    const std::string otherwise = !input.default_text.empty() ? code(input.default_text) : optional ? "none" : "required";
    result += "| " + code(input.name) + " | " + code(input.type_text) + " | " + otherwise + " | " + cell(input.doc) + " |\n";
  }
  if (!schema.outputs.empty()) result += "\n| output | type | |\n| --- | --- | --- |\n";
  for (const dsl::OutputSchema& output : schema.outputs) {
    result += "| " + code(output.name) + " | " + code(output.type_text) + " | " + cell(output.doc) + " |\n";
  }
  if (schema.takes_outputs_clause) result += "\nTakes `outputs { name: type at \"path\" }`: what the program leaves, typed.\n";
  if (schema.can_run_elsewhere()) result += '\n' + std::string(elsewhere_sentence) + '\n';
  if (!schema.example.empty()) result += "\n```sdl\n" + schema.example + (schema.example.ends_with('\n') ? "" : "\n") + "```\n";
  return result + '\n';
}

std::vector<const dsl::StageSchema*> by_name(const dsl::StageSchemas& schemas) {
  std::vector<const dsl::StageSchema*> sorted = schemas.all();
  std::sort(sorted.begin(), sorted.end(), [](const auto* left, const auto* right) { return left->full_name() < right->full_name(); });
  return sorted;
}

Json document_json(const dsl::StageSchema& schema) {
  Json inputs = Json::array();
  for (const dsl::InputSchema& input : schema.inputs) {
    if (input.said_in_with) continue;
    Json entry = {{"name", input.name}, {"type", input.type_text}, {"doc", input.doc}};
    if (!input.default_text.empty()) entry["default"] = input.default_text;
    inputs.push_back(std::move(entry));
  }
  Json outputs = Json::array();
  for (const dsl::OutputSchema& output : schema.outputs) {
    outputs.push_back({{"name", output.name}, {"type", output.type_text}, {"doc", output.doc}});
  }
  return {{"stage", schema.full_name()},
          {"version", schema.version},
          {"effect", schema.effect == dsl::StageEffect::external ? "external" : "pure"},
          {"summary", schema.summary},
          {"doc", schema.doc},
          {"example", schema.example},
          {"inputs", inputs},
          {"outputs", outputs},
          {"takes_outputs_clause", schema.takes_outputs_clause},
          {"can_run_elsewhere", schema.can_run_elsewhere()}};
}

}  // namespace

std::string stage_json(const dsl::StageSchema& schema) { return json_document(document_json(schema)); }

std::string stages_json(const dsl::StageSchemas& schemas) {
  Json result = Json::array();
  for (const dsl::StageSchema* schema : by_name(schemas)) result.push_back(document_json(*schema));
  return json_document(result);
}

std::string stages_markdown(const dsl::StageSchemas& schemas) {
  std::string result =
      "# Stages\n\n"
      "The stages that need no `use`. This page is written by `sdlrun docs` from the stages' own schemas: change them there.\n"
      "`sdlrun help STAGE` shows the same in the terminal.\n\n";
  std::string family;
  for (const dsl::StageSchema* schema : by_name(schemas)) {
    if (schema->family != family) result += "## " + schema->family + "\n\n";
    family = schema->family;
    result += stage_markdown(*schema);
  }
  while (result.ends_with("\n\n")) result.pop_back();
  return result;
}

}  // namespace sdlrun::cli
