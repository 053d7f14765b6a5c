#include "cli/report/table.hpp"

#include <algorithm>

#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

std::vector<std::size_t> column_widths(const Table& table) {
  std::vector<std::size_t> widths;
  const auto measure = [&](const std::vector<std::string>& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t index = 0; index < row.size(); ++index) {
      widths[index] = std::max(widths[index], display_width(row[index]));
    }
  };
  measure(table.heads);
  for (const auto& row : table.rows) measure(row);
  return widths;
}

std::string row_text(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t index = 0; index < row.size(); ++index) {
    line += index + 1 < row.size() ? padded(row[index], widths[index] + 2) : row[index];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string table_text(Table table, const Style& style, std::size_t columns) {
  for (auto& row : table.rows) std::transform(row.begin(), row.end(), row.begin(), [&](const std::string& cell) { return shown_line(cell, style); });
  const std::vector<std::size_t> widths = column_widths(table);
  std::string result;
  if (!table.heads.empty()) result += cut(style.paint(Tone::quiet, row_text(table.heads, widths)), columns, style) + '\n';
  for (const auto& row : table.rows) result += cut(row_text(row, widths), columns, style) + '\n';
  return result;
}

}  // namespace sdlrun::cli
