// Tables in HTML that a narrow screen shows as cards: each cell knows its column's head.
#pragma once

#include <string>
#include <vector>

#include "engine/html/markup.hpp"

namespace sdlrun::engine {

class HtmlTable {
 public:
  explicit HtmlTable(std::vector<std::string> heads) : heads_(std::move(heads)) {}

  /// As many cells as there are heads.
  void add(const std::vector<Markup>& cells, const Markup::Attributes& attributes = {});
  bool empty() const { return rows_.empty(); }
  Markup markup() const;

 private:
  std::vector<std::string> heads_;
  Markup rows_;
};

}  // namespace sdlrun::engine
