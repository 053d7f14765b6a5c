#include "cli/report/outside_report.hpp"

#include "cli/report/table.hpp"
#include "cli/report/words.hpp"

namespace sdlrun::cli {

std::vector<engine::OutsideRecord> records_of(std::vector<engine::OutsideRecord> records, const std::string& pipeline, const std::string& step) {
  std::erase_if(records, [&](const engine::OutsideRecord& record) {
    return (!pipeline.empty() && record.pipeline != pipeline) || (!step.empty() && record.step != step);
  });
  return records;
}

std::string outside_text(const std::vector<engine::OutsideRecord>& records, const Style& style, std::size_t columns) {
  if (records.empty()) return "";
  Table table{.heads = {"outside this machine", "state", "step", "run", "since", "where"}, .rows = {}};
  for (const engine::OutsideRecord& record : records) {
    table.rows.push_back({record.name, std::string(state_text(record.state)), record.step, record.run, moment_text(record.intended_at),
                          record.kind + " at " + record.place});
  }
  return '\n' + table_text(table, style, columns);
}

std::string outside_sentence(const engine::OutsideRecord& record) {
  return '`' + record.name + "` (" + record.kind + " at " + record.place + ") " + std::string(state_text(record.state)) + " (run " + record.run +
         ", step `" + record.step + "`)" + (record.note.empty() ? "" : ": " + record.note);
}

Json outside_fields(const engine::OutsideRecord& record) {
  return {{"name", record.name}, {"kind", record.kind},   {"place", record.place},     {"state", state_text(record.state)},
          {"step", record.step}, {"attempt", record.attempt}, {"run", record.run}, {"key", record.key}, {"note", record.note}};
}

}  // namespace sdlrun::cli
