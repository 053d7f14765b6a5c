#include "cli/report/parts_table.hpp"

#include <algorithm>

#include "cli/report/part_pairs.hpp"
#include "cli/report/table.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

std::string parts_text(const PartsTable& parts, const Style& style, std::size_t columns) {
  if (!parts.has_now && parts.then.empty()) return "";
  Table table{.heads = {"  part", parts.has_then ? "then" : "", parts.has_now ? "now" : ""}, .rows = {}};
  const std::size_t room = columns == std::string::npos ? columns : std::max<std::size_t>(columns / 3, 12);
  const auto fitted = [&](const std::string& text) { return cut(clean_line(text), room, style); };
  for (const PartPair& pair : part_pairs(parts.then, parts.has_now ? parts.now : parts.then)) {
    const bool differs = pair.differs && parts.has_then;
    const bool is_long = std::max(pair.then.size(), pair.now.size()) > room;
    const auto [then, now] = differs && is_long ? engine::around_difference(pair.then, pair.now) : std::pair(pair.then, pair.now);
    const std::string shown = !parts.has_now ? "" : !parts.has_then || differs ? fitted(now) : "same";
    table.rows.push_back({(differs ? "* " : "  ") + pair.name, fitted(then), differs ? style.paint(Tone::caution, shown) : shown});
  }
  return '\n' + table_text(table, style, columns);
}

Json parts_json(const std::vector<engine::KeyPart>& then, const std::vector<engine::KeyPart>& now) {
  Json result = Json::array();
  for (const PartPair& pair : part_pairs(then, now)) {
    result.push_back({{"part", pair.name}, {"then", pair.then}, {"now", pair.now}, {"differs", pair.differs}});
  }
  return result;
}

}  // namespace sdlrun::cli
