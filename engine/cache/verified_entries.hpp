// Which entries of the store one engine knows to be whole.
#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

namespace sdlrun::engine {

/// Entries that this engine has made, or has read and found whole. One that was there before may have been torn by the end of
/// the machine, where the step that made it was not recorded any more. Thread-safe.
class VerifiedEntries {
 public:
  bool contains(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return paths_.contains(path);
  }
  void add(const std::string& path) {
    const std::lock_guard lock(mutex_);
    paths_.insert(path);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::string> paths_;
};

}  // namespace sdlrun::engine
