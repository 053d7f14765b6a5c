#include "dsl/diagnostics/source_excerpt.hpp"

#include <algorithm>

#include "dsl/diagnostics/display_text.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::size_t window_columns = 100;
/// Of a longer line, this much is shown before the mark.
constexpr std::size_t columns_before = 40;
/// No more bytes than these around the mark are looked at: lines may have millions.
constexpr std::size_t bytes_around = 1000;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The part of the line around an offset, cut between characters.
struct LinePart {
  std::string_view text;
  std::size_t begin = 0;
};

LinePart part_around(std::string_view line, std::size_t offset) {
  const auto next_character = [&](std::size_t at) {
    for (int bytes = 0; bytes < 3 && at < line.size() && continues_character(line[at]); ++bytes) ++at;
    return at;
  };
  const std::size_t begin = offset > bytes_around ? next_character(offset - bytes_around) : 0;
  const std::size_t end = next_character(std::min(line.size(), offset + bytes_around));
  return {.text = line.substr(begin, end - begin), .begin = begin};
}

std::size_t columns_of(const std::vector<DisplayCell>& cells, std::size_t first, std::size_t last) {
  std::size_t columns = 0;
  for (std::size_t at = first; at < last; ++at) columns += cells[at].columns;
  return columns;
}

/// The first cell that begins at or behind the byte.
std::size_t cell_at(const std::vector<DisplayCell>& cells, std::size_t byte) {
  const auto found = std::find_if(cells.begin(), cells.end(), [&](const DisplayCell& cell) { return cell.begin >= byte; });
  return static_cast<std::size_t>(found - cells.begin());
}

/// The cell so many columns before another.
std::size_t cell_before(const std::vector<DisplayCell>& cells, std::size_t from, std::size_t columns) {
  while (from > 0 && columns >= cells[from - 1].columns) columns -= cells[--from].columns;
  return from;
}

std::size_t cell_behind(const std::vector<DisplayCell>& cells, std::size_t from, std::size_t columns) {
  while (from < cells.size() && columns >= cells[from].columns) columns -= cells[from++].columns;
  return from;
}

}  // namespace

SourceExcerpt source_excerpt(const SourceFile& file, Span span) {
  const auto text_end = static_cast<std::uint32_t>(file.text().size());
  const std::uint32_t begin = std::min(span.begin, text_end);
  const std::uint32_t line_number = file.position(begin).line;
  const std::string_view line = file.line(line_number);
  const std::size_t offset = std::min<std::size_t>(begin - file.line_begin(line_number), line.size());
  const std::size_t end = std::clamp<std::size_t>(std::max(span.end, begin) - file.line_begin(line_number), offset, line.size());

  const LinePart part = part_around(line, offset);
  const std::vector<DisplayCell> cells = display_cells(part.text);
  const std::size_t mark = cell_at(cells, offset - part.begin);
  const std::size_t mark_end = std::max(mark, cell_at(cells, end - part.begin));

  const bool fits = part.text.size() == line.size() && columns_of(cells, 0, cells.size()) <= window_columns;
  const std::size_t first = fits ? 0 : cell_before(cells, mark, columns_before);
  const std::size_t last = fits ? cells.size() : cell_behind(cells, first, window_columns);
  const bool cut_before = first > 0 || part.begin > 0;
  const bool cut_behind = last < cells.size() || part.begin + part.text.size() < line.size();

  SourceExcerpt excerpt{.line = line_number, .text = cut_before ? "…" : ""};
  for (std::size_t at = first; at < last; ++at) excerpt.text += cells[at].text;
  if (cut_behind) excerpt.text += "…";
  excerpt.mark_column = columns_of(cells, first, mark) + (cut_before ? 1 : 0);
  excerpt.mark_columns = std::max<std::size_t>(1, columns_of(cells, mark, std::min(mark_end, last)));
  return excerpt;
}

}  // namespace sdlrun::dsl
