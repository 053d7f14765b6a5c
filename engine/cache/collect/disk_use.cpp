#include "engine/cache/collect/disk_use.hpp"

#include <vector>

namespace sdlrun::engine {

void each_file_below(const Files& files, const std::filesystem::path& place, const std::function<void(const FileStatus&)>& take) {
  std::vector<std::filesystem::path> waiting{place};
  while (!waiting.empty()) {
    const std::filesystem::path path = std::move(waiting.back());
    waiting.pop_back();
    const auto status = files.status(path);
    if (!status || !status->has_value()) continue;
    if ((*status)->kind != FileKind::directory) {
      take(**status);
      continue;
    }
    const auto names = files.list(path);
    if (!names) continue;
    for (const std::string& name : *names) waiting.push_back(path / name);
  }
}

void DiskUse::add(const FileStatus& status) {
  if (status.links < 2 || ++names_[status.inode] == 1) bytes_ += status.size;
}

std::uint64_t DiskUse::remove(const FileStatus& status) {
  if (status.links >= 2) {
    const auto found = names_.find(status.inode);
    if (found == names_.end() || --found->second > 0) return 0;
    names_.erase(found);
    freed_.insert(status.inode);
  }
  bytes_ -= status.size;
  return status.size;
}

}  // namespace sdlrun::engine
