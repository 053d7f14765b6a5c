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

/// The digest of a folder as FileDigests describes it. Links inside are not followed, so a walk always ends.
Result<std::string> tree_digest(const Files& files, const std::filesystem::path& root, TreeVisitor& visitor);

}  // namespace sdlrun::engine
