#include "cli/report/stage_help.hpp"

#include <algorithm>

#include "cli/console.hpp"
#include "cli/report/table.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t widest_prose = 100;

std::string indented(std::string_view text, std::string_view indent, std::size_t columns) {
  std::string result;
  const std::size_t width = std::min(columns, widest_prose);
  for (const std::string& line : wrapped(text, width > indent.size() ? width - indent.size() : 1)) {
    result += line.empty() ? "\n" : std::string(indent) + line + '\n';
  }
  return result;
}

bool is_optional(const dsl::InputSchema& input) { return input.type.as<dsl::OptionalType>() != nullptr; }

/// "default 3", "required", "optional".
std::string need_of(const dsl::InputSchema& input) {
  if (!input.default_text.empty()) return "default " + input.default_text;
  return is_optional(input) ? "optional" : "required";
}

std::string parts_help(const dsl::StageSchema& schema, const Style& style, std::size_t columns) {
  std::string result;
  if (!schema.inputs.empty()) result += '\n' + style.paint(Tone::strong, "Inputs") + '\n';
  for (const dsl::InputSchema& input : schema.inputs) {
    if (input.said_in_with) continue;
    result += cut("  " + input.name + ": " + input.type_text + "  " + style.paint(Tone::quiet, need_of(input)), columns, style) + '\n';
    result += indented(input.doc, "      ", columns);
  }
  if (!schema.outputs.empty() || schema.takes_outputs_clause) result += '\n' + style.paint(Tone::strong, "Outputs") + '\n';
  for (const dsl::OutputSchema& output : schema.outputs) {
    result += cut("  " + output.name + ": " + output.type_text, columns, style) + '\n';
    result += indented(output.doc, "      ", columns);
  }
  if (schema.takes_outputs_clause) {
    result += indented("What the program leaves, as the step declares it: outputs { name: type at \"path\" }", "  ", columns);
  }
  if (schema.can_run_elsewhere()) result += '\n' + indented(elsewhere_sentence, "  ", columns);
  return result;
}

}  // namespace

std::string stage_help(const dsl::StageSchema& schema, const Style& style, std::size_t columns) {
  std::string result = style.paint(Tone::strong, schema.full_name()) + '\n' + indented(schema.summary, "  ", columns);
  if (schema.effect == dsl::StageEffect::external) result += '\n' + indented(external_sentence, "  ", columns);
  if (!schema.doc.empty()) result += '\n' + indented(schema.doc, "  ", columns);
  result += parts_help(schema, style, columns);
  if (schema.example.empty()) return result;
  result += '\n' + style.paint(Tone::strong, "Example") + '\n';
  for (const std::string& line : wrapped(schema.example, unlimited)) {
    result += line.empty() ? "\n" : "  " + line + '\n';
  }
  return result;
}

std::string stage_list(const dsl::StageSchemas& schemas, std::string_view family, const Style& style, std::size_t columns) {
  Table table;
  for (const dsl::StageSchema* schema : schemas.all()) {
    if (family.empty() || schema->family == family) table.rows.push_back({"  " + schema->full_name(), schema->summary});
  }
  std::sort(table.rows.begin(), table.rows.end());
  return table_text(table, style, columns);
}

}  // namespace sdlrun::cli
