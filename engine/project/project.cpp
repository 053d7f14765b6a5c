#include "engine/project/project.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "engine/project/configuration.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// A link that leads nowhere is there too: what is wrong with it is told when it is read.
bool is_there(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(fs::symlink_status(path, unreadable));
}

/// The nearest folder upwards that holds an entry of this name.
std::optional<fs::path> nearest_with(const fs::path& folder, const char* name) {
  for (fs::path candidate = folder;; candidate = candidate.parent_path()) {
    if (is_there(candidate / name)) return candidate;
    if (candidate == candidate.parent_path()) return std::nullopt;
  }
}

/// An absolute path from the environment; the specification of XDG says to ignore relative ones.
std::optional<fs::path> absolute_from_environment(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || text[0] != '/') return std::nullopt;
  return fs::path(text);
}

/// As shells have it for `~`: cron jobs and services often come without HOME.
std::optional<fs::path> home_folder() {
  if (auto home = absolute_from_environment("HOME")) return home;
  std::array<char, 4096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr || found->pw_dir[0] != '/') return std::nullopt;
  return fs::path(found->pw_dir);
}

}  // namespace

Result<Project> find_project(const fs::path& pipeline_file) {
  std::error_code error;
  const fs::path file = fs::absolute(pipeline_file, error).lexically_normal();
  if (error) return failure("cannot find the current folder: " + error.message(), "change to a folder that is there");
  std::error_code unreadable;
  const fs::path folder = fs::is_directory(file, unreadable) ? file : file.parent_path();

  Project project;
  if (const auto configured = nearest_with(folder, "sdl.yaml")) {
    project.root = *configured;
    project.configuration = *configured / "sdl.yaml";
    auto configuration = read_configuration(*project.configuration);
    if (!configuration) return tl::unexpected(std::move(configuration.error()));
    project.profiles = std::move(configuration->profiles);
    project.profile_places = std::move(configuration->places);
    project.pools = std::move(configuration->pools);
    project.shared_cache = std::move(configuration->shared_cache);
    project.configuration_text = std::move(configuration->text);
  } else {
    project.root = nearest_with(folder, ".git").value_or(folder);
  }
  // "/a/b/" and "/a/b" are one folder, and paths are compared as texts.
  if (!project.root.has_filename() && project.root.has_relative_path()) project.root = project.root.parent_path();
  project.state_folder = project.root / ".sdl";
  return project;
}

Result<fs::path> shared_cache_place() {
  auto base = absolute_from_environment("XDG_CACHE_HOME");
  if (!base) {
    const auto home = home_folder();
    if (!home) {
      return failure("there is no place for what projects share: neither `XDG_CACHE_HOME` nor `HOME` names a folder, and this user has none",
                     "set one of them to an absolute path, such as `export HOME=/root`");
    }
    base = *home / ".cache";
  }
  return (*base / "sdlrun").lexically_normal();
}

Result<fs::path> shared_cache_directory() {
  auto folder = shared_cache_place();
  if (!folder) return folder;
  std::error_code error;
  fs::create_directories(*folder, error);
  if (error) {
    return failure("cannot make the folder `" + folder->string() + "` for what projects share: " + error.message(),
                   "set `XDG_CACHE_HOME` to a folder that can be written");
  }
  return folder;
}

}  // namespace sdlrun::engine
