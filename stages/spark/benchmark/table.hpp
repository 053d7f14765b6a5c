// A benchmark's results as a table: for people, and for spreadsheets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stages/spark/benchmark/statistics.hpp"

namespace sdlrun::stages::spark {

struct TableColumn {
  std::string name;   // in CSV: "median_s"
  std::string shown;  // to people: "median (s)"
};

struct Table {
  std::vector<TableColumn> columns = {};
  std::vector<std::vector<std::string>> rows = {};
};

/// A line for each combination; `rows` have been evaluated.
Table table_of(const std::vector<Row>& rows, const std::optional<Price>& price);

/// Lines for a log: columns below each other, numbers to the right.
std::vector<std::string> text_lines(const Table& table);

/// RFC 4180.
std::string csv_text(const Table& table);

/// A number with so many digits behind the point, whatever the program's locale.
std::string fixed(double number, int digits);
/// With as many digits as it takes to tell small ones apart: "0.00042", "0.37", "12.5".
std::string rounded(double number);

}  // namespace sdlrun::stages::spark
