#include "engine/run/step_log.hpp"

#include "engine/process/line_splitter.hpp"
#include "engine/run/safe_file_name.hpp"

namespace sdlrun::engine {

namespace {

/// A tail of more than this is cut, and so is a line in it: it is for people.
constexpr std::size_t most_tail_bytes = 64 * 1024;
constexpr std::size_t most_line_bytes = 1000;

void keep_last(std::string& text, std::size_t bytes) {
  if (text.size() > bytes) text.erase(0, text.size() - bytes);
}

std::string with_short_lines(std::string_view text) {
  std::string result;
  while (true) {
    const std::string_view line = text.substr(0, text.find('\n'));
    result += beginning_of(line, most_line_bytes);
    if (line.size() > most_line_bytes) result += "…";
    if (line.size() == text.size()) return result;
    result += '\n';
    text.remove_prefix(line.size() + 1);
  }
}

}  // namespace

std::filesystem::path step_log_path(const std::filesystem::path& state_folder, std::string_view run, std::string_view step) {
  return state_folder / "runs" / run / (safe_file_name(step) + ".log");
}

StepLog::StepLog(Files& files, const Clock& clock, const std::filesystem::path& state_folder, std::string_view run, std::string_view step,
                 LogFolderIsMade& is_made)
    : files_(files), clock_(clock), path_(step_log_path(state_folder, run, step)), is_made_(is_made) {}

Result<void> StepLog::prepare() {
  if (is_made_) return {};
  auto made = files_.make_directories(path_.parent_path());
  if (made) is_made_ = true;
  return made;
}

Result<void> StepLog::add(std::string_view line) {
  if (auto ready = prepare(); !ready) return ready;
  stamp();
  return files_.append(path_, std::string(line) + '\n');
}

/// A log without its times is a log all the same.
void StepLog::stamp() {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.wall();
  if (!stamps_.is_due(now)) return;
  const auto status = files_.status(path_);
  const std::uint64_t size = status && status->has_value() ? (*status)->size : 0;
  static_cast<void>(files_.append(log_times_path(path_), stamps_.line(size, now)));
}

std::filesystem::path StepLog::path_if_written() const {
  const auto status = files_.status(path_);
  return status && status->has_value() ? path_ : std::filesystem::path();
}

std::string log_tail(const Files& files, const std::filesystem::path& log, std::size_t lines) {
  std::string last;
  const auto read = files.read_pieces(log, [&](std::string_view piece) {
    last += piece;
    if (last.size() > 2 * most_tail_bytes) keep_last(last, most_tail_bytes);
  });
  if (!read || lines == 0) return {};
  keep_last(last, most_tail_bytes);
  if (!last.empty() && last.back() == '\n') last.pop_back();
  std::size_t begin = last.size();
  for (std::size_t line = 0; line < lines; ++line) {
    if (begin == 0) return with_short_lines(last);
    const std::size_t before = last.rfind('\n', begin - 1);
    if (before == std::string::npos) return with_short_lines(last);
    begin = before;
  }
  return with_short_lines(std::string_view(last).substr(begin + 1));
}

}  // namespace sdlrun::engine
