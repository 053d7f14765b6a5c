#include "engine/unchanged/observed_files.hpp"

#include <algorithm>

#include "engine/cache/digest.hpp"

namespace sdlrun::engine {

namespace {

/// A file or folder that was looked at itself is what the language sees too, which follows links.
bool is_known_by_status(const SeenLook& look, const SeenLook& status) {
  if (look.look.kind != LookKind::path || status.look.kind != LookKind::status || look.look.path != status.look.path) return false;
  const char kind = status.seen.front();
  return (look.seen == "file" && (kind == 'f' || kind == 'x')) || (look.seen == "folder" && kind == 'd');
}

}  // namespace

std::optional<std::vector<SeenLook>> ObservedFiles::take(std::vector<SeenLook> others) {
  if (!is_observing_) return std::nullopt;
  is_observing_ = false;
  std::vector<SeenLook> all = std::move(others);
  for (std::vector<SeenLook>& of_thread : seen_) std::move(of_thread.begin(), of_thread.end(), std::back_inserter(all));
  seen_.clear();
  std::sort(all.begin(), all.end(), [](const SeenLook& left, const SeenLook& right) { return left.look < right.look; });
  std::vector<SeenLook> each;
  std::size_t status = 0;  // the last one among these
  for (SeenLook& one : all) {
    const bool is_again = !each.empty() && each.back().look == one.look;
    if (is_again && each.back().seen != one.seen) return std::nullopt;
    if (is_again || (!each.empty() && is_known_by_status(one, each[status]))) continue;
    if (one.look.kind == LookKind::status) status = each.size();
    each.push_back(std::move(one));
  }
  return each;
}

void ObservedFiles::expect(Look look, std::string seen) { note(std::move(look), std::move(seen)); }

Result<std::optional<FileStatus>> ObservedFiles::status_of(const std::string& path) const {
  auto status = files_.status_of(path);
  if (!is_observing_) return status;
  // Changed a second time within one tick, it would look the same.
  const bool is_file = status && status->has_value() && (*status)->kind == FileKind::regular;
  if (is_file && !is_older_than_a_tick(**status)) is_observing_ = false;
  note({.path = path, .kind = LookKind::status}, seen_bytes(status));
  return status;
}

Result<std::vector<std::string>> ObservedFiles::list(const Path& directory) const {
  auto names = files_.list(directory);
  if (is_observing_) note({.path = directory.native(), .kind = LookKind::names}, seen_bytes(names));
  return names;
}

Result<std::string> ObservedFiles::read_link(const Path& path) const {
  auto target = files_.read_link(path);
  if (is_observing_) note({.path = path.native(), .kind = LookKind::link}, seen_bytes(target));
  return target;
}

Result<std::string> ObservedFiles::read(const Path& path) const {
  if (is_observing_) note_content(path.native());
  return files_.read(path);
}

Result<void> ObservedFiles::read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const {
  if (is_observing_) note_content(path.native());
  return files_.read_pieces(path, take);
}

/// As long as a file's status is the same, its content is. A link's own status says nothing of what it leads to.
void ObservedFiles::note_content(const std::string& path) const {
  const auto status = status_of(path);
  const bool is_covered = status && (!status->has_value() || (*status)->kind == FileKind::regular);
  if (!is_covered) is_observing_ = false;
}

void ObservedFiles::note(Look look, std::string seen) const {
  if (is_observing_) seen_.local().push_back({std::move(look), std::move(seen)});
}

}  // namespace sdlrun::engine
