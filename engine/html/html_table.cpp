#include "engine/html/html_table.hpp"

namespace sdlrun::engine {

void HtmlTable::add(const std::vector<Markup>& cells, const Markup::Attributes& attributes) {
  Markup row;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    row += Markup::element("td", {{"data-label", heads_[column]}}, cells[column]);
  }
  rows_ += Markup::element("tr", attributes, row) + Markup::verbatim("\n");
}

Markup HtmlTable::markup() const {
  Markup head;
  for (const std::string& name : heads_) head += Markup::element("th", {{"scope", "col"}}, Markup::text(name));
  return Markup::element("table", {}, Markup::element("thead", {}, Markup::element("tr", {}, head)) + Markup::element("tbody", {}, rows_));
}

}  // namespace sdlrun::engine
