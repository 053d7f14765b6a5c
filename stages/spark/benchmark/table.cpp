#include "stages/spark/benchmark/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sdlrun::stages::spark {

namespace {

bool is_number(const std::string& text) { return text.find_first_not_of("0123456789.-") == std::string::npos; }

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t column = 0; column < cells.size(); ++column) line += (column == 0 ? "" : ",") + quoted(cells[column]);
  return line + "\r\n";
}

/// Characters, as far as UTF-8 tells.
std::size_t characters_in(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string aligned(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, const std::vector<bool>& to_the_right) {
  std::string line;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    const std::string space(widths[column] - characters_in(cells[column]), ' ');
    line += (column == 0 ? "" : "  ") + (to_the_right[column] ? space + cells[column] : cells[column] + space);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

void add_cost(std::vector<std::string>& cells, const Row& row) {
  if (row.cost) return cells.push_back(rounded(*row.cost));
  cells.push_back(rounded(row.core_seconds));
  cells.push_back(rounded(row.gib_seconds));
}

}  // namespace

std::string fixed(double number, int digits) {
  std::array<char, 64> text{};
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, digits);
  return code == std::errc() ? std::string(text.data(), end) : "?";
}

std::string rounded(double number) {
  const double size = std::abs(number);
  if (size == 0 || size >= 100) return fixed(number, 0);
  std::string text = fixed(number, std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 1, 8));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Table table_of(const std::vector<Row>& rows, const std::optional<Price>& price) {
  Table table{.columns = {{"cluster", "cluster"}, {"executors", "executors"}, {"cores", "cores"}, {"memory", "memory"}, {"runs", "runs"}, {"median_s", "median (s)"}, {"least_s", "least (s)"}, {"most_s", "most (s)"}, {"start_s", "start (s)"}, {"speed_up", "speed-up"}, {"efficiency", "efficiency"}}};
  if (price) {
    table.columns.push_back({"cost", "cost" + (price->currency.empty() ? "" : " (" + price->currency + ')')});
  } else {
    table.columns.insert(table.columns.end(), {{"core_seconds", "core-seconds"}, {"gib_seconds", "GiB-seconds"}});
  }
  table.columns.push_back({"note", "note"});
  for (const Row& row : rows) {
    const Combination& combination = row.combination;
    std::vector<std::string> cells{row.cluster, std::to_string(combination.executors), std::to_string(combination.cores), dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{combination.memory}))), std::to_string(row.runs.size())};
    if (row.fits()) {
      for (const double seconds : {row.median, row.least, row.most}) cells.push_back(fixed(seconds, 3));
      cells.push_back(row.start ? fixed(*row.start, 1) : "");
      for (const double factor : {row.speed_up, row.efficiency}) cells.push_back(fixed(factor, 2));
      add_cost(cells, row);
    }
    cells.resize(table.columns.size() - 1);
    cells.push_back(!row.fits() ? "did not fit" : row.is_baseline ? "baseline" : "");
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::vector<std::string> text_lines(const Table& table) {
  std::vector<std::string> heads;
  for (const TableColumn& column : table.columns) heads.push_back(column.shown);
  std::vector<std::size_t> widths;
  std::vector<bool> to_the_right;
  for (std::size_t column = 0; column < heads.size(); ++column) {
    widths.push_back(characters_in(heads[column]));
    to_the_right.push_back(column > 0 && column + 1 < heads.size() && heads[column] != "memory");
    for (const auto& row : table.rows) {
      widths.back() = std::max(widths.back(), characters_in(row[column]));
      if (!is_number(row[column])) to_the_right.back() = false;
    }
  }
  std::vector<std::string> lines{aligned(heads, widths, to_the_right)};
  for (const auto& row : table.rows) lines.push_back(aligned(row, widths, to_the_right));
  return lines;
}

std::string csv_text(const Table& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  std::string text = csv_line(names);
  for (const auto& row : table.rows) text += csv_line(row);
  return text;
}

}  // namespace sdlrun::stages::spark
