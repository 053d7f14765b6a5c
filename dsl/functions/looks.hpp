// What was seen of the disk besides the texts of source files: which files are there. Who wants to know whether a program
// would be read, checked and evaluated in the same way again looks at the same once more.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

struct Look {
  enum class Kind {
    path,       // whether there is a file or a folder; links are followed
    canonical,  // which file a path means in the end
    names,      // what a folder holds
    matches,    // the files that match `pattern`
  };
  Kind kind = Kind::path;
  std::string path;
  std::string pattern = {};
  std::string seen;  // in a form of the kind's own
};

/// Thread-safe.
class Looks {
 public:
  void add(Look look) {
    const std::lock_guard lock(mutex_);
    looks_.push_back(std::move(look));
  }
  std::vector<Look> all() const {
    const std::lock_guard lock(mutex_);
    return looks_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Look> looks_;
};

/// What is seen where one looks now. `pattern` is meant for matches only.
std::string seen_now(Look::Kind kind, const std::string& path, const std::string& pattern);

std::string seen_text(const std::filesystem::file_status& status);
/// Names in any order.
std::string seen_text(std::vector<std::string> names);
/// The path itself where the file system does not say.
std::string canonical_text(const std::filesystem::path& path);

}  // namespace sdlrun::dsl
