// What goes between this machine and jobs on a cluster: files by their content, folders and links.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::stages::kubernetes {

struct CarriedEntry {
  enum class Kind { file, folder, link };
  Kind kind = Kind::file;
  std::string path = {};    // below the folder that it is for
  std::string sha256 = {};  // of a file: 64 hexadecimal digits
  std::uint64_t size = 0;
  bool is_executable = false;
  std::string target = {};            // of a link
  std::filesystem::path source = {};  // of a file: where it lies on this machine
};

/// A file, or a folder with all that is in it but for what the engine keeps there (`.sdl`), under the name `path`. `digest`: what the
/// engine knows of a file's content (engine/cache/digest.hpp); empty: nothing.
engine::Result<std::vector<CarriedEntry>> carried_entries(const engine::Files& files, const std::filesystem::path& source, const std::string& path, const std::string& digest = {});

/// Whether a name that a job has given leads nowhere but into its folder.
bool stays_inside(const std::string& name);

/// A list as the artifact store keeps it (artifact_store.py).
nlohmann::json list_of(const std::vector<CarriedEntry>& entries);
/// An entry that leads out of its folder is an error: jobs write these.
engine::Result<std::vector<CarriedEntry>> entries_of(const nlohmann::json& list);

}  // namespace sdlrun::stages::kubernetes
