// Walking a folder for its digest. What happens to each file on the way is the visitor's: remembering, publishing.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// "sha256:…", with "+x" for an executable file.
std::string file_digest(std::string_view hex, bool executable);

/// Sees every entry of a folder, a folder before what it holds.
class TreeVisitor {
 public:
  virtual ~TreeVisitor() = default;
  /// Gives the file's digest.
  virtual Result<std::string> file(const std::filesystem::path& path, const FileStatus& status) = 0;
  virtual Result<void> directory(const std::filesystem::path&) { return {}; }
  virtual Result<void> link(const std::filesystem::path&, const std::string& /*target*/) { return {}; }
};

/// Says what of a folder is its content. Places are relative to the root: "docs/a.md".
class TreeFilter {
 public:
  virtual ~TreeFilter() = default;
  virtual bool takes(const std::string& place) const = 0;
  /// Of a place that is not taken: whether something below it may be. Such a folder counts where something is.
  virtual bool may_take_below(const std::string& place) const = 0;
};

/// The digest of a folder as FileDigests describes it. Links inside are not followed, so a walk always ends. What a filter
/// does not take is as if it were not there; neither is it looked at, where nothing below it may be taken.
Result<std::string> tree_digest(const Files& files, const std::filesystem::path& root, TreeVisitor& visitor, const TreeFilter* filter = nullptr);

}  // namespace sdlrun::engine
