#include "cli/project_cleaning.hpp"

#include <sys/stat.h>

#include <set>

#include "cli/report/words.hpp"
#include "engine/world/lies_below.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_on_disk(const fs::path& folder) {
  std::set<std::pair<dev_t, ino_t>> seen;
  std::uint64_t bytes = 0;
  std::error_code problem;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, problem), end; !problem && entry != end; entry.increment(problem)) {
    struct stat status {};
    if (lstat(entry->path().c_str(), &status) != 0) continue;
    if (seen.emplace(status.st_dev, status.st_ino).second) bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

/// Links below out/ that lead into `folder`.
std::vector<fs::path> links_into(const fs::path& out, const fs::path& folder) {
  std::vector<fs::path> links;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(out, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (!entry->is_symlink(problem)) continue;
    const fs::path target = entry->path().parent_path() / fs::read_symlink(entry->path(), problem);
    if (!problem && engine::lies_below(target, folder)) links.push_back(entry->path());
  }
  return links;
}

/// A link to a folder is its owner's, and stays.
bool remove_empty_folder(const fs::path& folder) {
  std::error_code problem;
  return fs::is_directory(fs::symlink_status(folder, problem)) && fs::remove(folder, problem);
}

/// Where the folder is a link, to a larger disk say, the link stays, and what lies there goes.
engine::Result<void> remove_state(const fs::path& folder) {
  engine::RealFiles files;
  std::error_code problem;
  if (!fs::is_symlink(fs::symlink_status(folder, problem))) return files.remove(folder);
  const auto names = files.list(folder);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (auto removed = files.remove(folder / name); !removed) return removed;
  }
  return {};
}

engine::Result<void> remove_links(const std::vector<fs::path>& links) {
  engine::RealFiles files;
  for (const fs::path& link : links) {
    if (auto removed = files.remove(link); !removed) return removed;
    // The folders out/<pipeline> and out/ go with their last link.
    if (remove_empty_folder(link.parent_path())) remove_empty_folder(link.parent_path().parent_path());
  }
  return {};
}

}  // namespace

ProjectLeavings leavings_of(const engine::Project& project) {
  ProjectLeavings leavings;
  std::error_code problem;
  if (fs::is_directory(project.state_folder, problem)) {
    leavings.state_folder = project.state_folder;
    leavings.bytes = bytes_on_disk(project.state_folder);
  }
  leavings.links = links_into(project.root / "out", project.state_folder);
  return leavings;
}

std::string leavings_text(const ProjectLeavings& leavings) {
  std::string result;
  if (!leavings.state_folder.empty()) result += near_path(leavings.state_folder) + "  " + size_text(leavings.bytes) + '\n';
  for (const fs::path& link : leavings.links) result += near_path(link) + "  link\n";
  return result;
}

engine::Result<void> remove_leavings(const ProjectLeavings& leavings) {
  if (auto removed = remove_links(leavings.links); !removed) return removed;
  if (leavings.state_folder.empty()) return {};
  return remove_state(leavings.state_folder);
}

engine::Result<void> forget_step(const engine::Project& project, const Session& session, const engine::StepAttempt& attempt) {
  session.state->forget_result(attempt.key);
  if (auto flushed = session.state->flush(); !flushed) return flushed;
  // What has done its work already is not to be taken for the next run's.
  engine::OutsideRecords outside = outside_records(session);
  for (const engine::OutsideRecord& record : outside.open()) {
    const bool is_meant = record.step == attempt.step && record.pipeline == attempt.pipeline && record.state == engine::OutsideState::succeeded;
    if (!is_meant) continue;
    if (auto settled = outside.settle(record, "its step was cleaned"); !settled) return settled;
  }
  if (attempt.key.empty()) return {};
  const fs::path outputs = project.state_folder / "outputs" / attempt.key;
  if (auto removed = remove_links(links_into(project.root / "out", outputs)); !removed) return removed;
  return session.files->remove(outputs);
}

}  // namespace sdlrun::cli
