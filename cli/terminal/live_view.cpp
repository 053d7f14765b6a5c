#include "cli/terminal/live_view.hpp"

#include <algorithm>
#include <ostream>

#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

LiveView::LiveView(std::ostream& stream, RunReportOptions options, Setting setting)
    : stream_(stream), style_(options.style), report_(std::move(options)), setting_(std::move(setting)) {
  stream_ << hide_cursor << std::flush;
}

LiveView::~LiveView() {
  redraw();
  const std::lock_guard lock(mutex_);
  stream_ << erase_block(setting_.window()) << show_cursor << std::flush;
}

void LiveView::show(const engine::Event& event) {
  const std::lock_guard lock(mutex_);
  running_.take(event, setting_.now());
  for (const std::string& line : report_.lines_for(event)) lasting_ += line + '\n';
}

void LiveView::note(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    lasting_ += style_.paint(Tone::caution, text) + '\n';
  }
  redraw();
}

void LiveView::redraw() {
  const std::lock_guard lock(mutex_);
  const WindowSize window = setting_.window();
  std::vector<std::string> block = running_.lines(setting_.now(), window, style_);
  if (lasting_.empty() && block == block_) return;
  std::string frame = erase_block(window) + std::exchange(lasting_, {});
  for (const std::string& line : block) frame += line + '\n';
  block_ = std::move(block);
  stream_ << frame << std::flush;
}

/// Goes up to where the block begins. In a window made narrower since, the terminal has broken its lines into more rows.
std::string LiveView::erase_block(WindowSize window) {
  std::size_t rows = 0;
  for (const std::string& line : block_) {
    const std::size_t width = std::max<std::size_t>(display_width(line), 1);
    rows += (width + window.columns - 1) / std::max<std::size_t>(window.columns, 1);
  }
  block_.clear();
  return rows == 0 ? "" : "\r\033[" + std::to_string(rows) + "A\033[J";
}

}  // namespace sdlrun::cli
