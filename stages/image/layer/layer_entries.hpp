// What a layer of ours is to hold: files, folders and links by their place, sorted, so that the order in which they were
// named is nobody's affair.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "engine/world/files.hpp"
#include "stages/image/layer/base_tree.hpp"

namespace sdlrun::stages::image {

struct LayerEntry {
  engine::FileKind kind = engine::FileKind::regular;
  std::filesystem::path source = {};  // of a file
  std::uint64_t size = 0;
  bool executable = false;
  std::string target = {};  // of a link
};

/// By place as in tar: "opt/app/train.py".
using LayerEntries = std::map<std::string, LayerEntry>;

/// "opt/app" for "/opt/app"; an error that says what a place is like.
engine::Result<std::string> checked_place(const std::string& place);

/// Whether what lies at a place below a folder is taken.
using Wanted = std::function<bool(const std::string& below)>;

/// Adds a file, or all that a folder holds, at a place. What is there already is an error.
engine::Result<void> add_entries(const engine::Files& files, const std::filesystem::path& source, const std::string& place, LayerEntries& entries,
                                 const Wanted& wanted = [](const std::string&) { return true; });

/// The same entries as they are to stand above a base: links on their way followed, folders that the base has left alone,
/// those that it lacks added.
engine::Result<LayerEntries> placed_above(const BaseTree& base, const LayerEntries& entries);

}  // namespace sdlrun::stages::image
