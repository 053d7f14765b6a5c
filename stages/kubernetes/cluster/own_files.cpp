#include "stages/kubernetes/cluster/own_files.hpp"

#include <chrono>

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;

OwnFiles own_files(const engine::StageContext& context, const ClusterWish& wish) {
  std::string name = wish.provider;
  for (const std::string& part : {wish.project, wish.location, wish.name}) {
    if (!part.empty()) name += '-' + part;
  }
  for (char& c : name) {
    if (c == '/') c = '-';
  }
  return {.folder = context.shared_cache_directory() / "clusters" / name};
}

bool is_there(engine::Files& files, const fs::path& path) {
  const auto status = files.status(path);
  return status && status->has_value();
}

Result<void> write_secret_file(engine::Files& files, const fs::path& path, std::string_view text) {
  if (auto made = files.make_directories(path.parent_path()); !made) return made;
  // Two runs may write it at once.
  fs::path fresh = path;
  fresh += ".new-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  if (auto written = files.write_private(fresh, text); !written) return tl::unexpected(written.error());
  return files.rename(fresh, path);
}

Result<void> write_mark(engine::Files& files, const OwnFiles& own, const ClusterWish& wish) {
  if (auto made = files.make_directories(own.folder); !made) return made;
  return files.write_synced(own.mark(), title_of(wish) + ", made by the pipeline `" + wish.pipeline + "`\n");
}

}  // namespace sdlrun::stages::kubernetes
