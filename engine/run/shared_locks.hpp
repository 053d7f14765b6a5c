// Named sections of the shared cache: one task at a time, over all engines on this machine, and nobody blocks for it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/error.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Thread-safe. The file locks/<name>.lock is locked for each section; against another engine it is tried again and again,
/// less and less often, while those of this one wait in line for each other. Made by std::make_shared only.
class SharedLocks : public std::enable_shared_from_this<SharedLocks> {
 public:
  using Held = std::shared_ptr<void>;  // the section is left when it goes
  using Done = std::function<void(Result<Held>)>;

  SharedLocks(std::filesystem::path shared_cache_directory, Clock& clock, Files& files)
      : folder_(shared_cache_directory / "locks"), clock_(clock), files_(files) {}

  /// `done` is called once, perhaps before this returns. One that no longer wants the section just lets it go.
  void acquire(const std::string& name, Done done);

 private:
  struct Section {
    std::deque<Done> waiting;
    Milliseconds next_delay{0};
  };

  void try_first(const std::string& name);
  void try_later(const std::string& name);
  void give_first(const std::string& name, Result<std::shared_ptr<void>> lock);
  void left(const std::string& name);

  std::filesystem::path folder_;
  Clock& clock_;
  Files& files_;
  std::mutex mutex_;
  std::map<std::string, Section> sections_;  // those that somebody here holds or waits for
};

}  // namespace sdlrun::engine
