// How many files this process may have open at once (RLIMIT_NOFILE), and what that is spent on.
#pragma once

#include <cstdint>

#include "engine/error.hpp"

namespace sdlrun::engine {

struct OpenFiles {
  std::uint64_t before = 0;         // the limit that this process began with, which programs are to have; 0: not known
  std::uint64_t for_processes = 0;  // descriptors that running programs may take in all; the rest is for files and connections
  std::uint64_t for_logs = 0;       // of the rest: for logs of programs that are kept open
};

/// Places for files that stay open while nothing is written to them. For one thread.
class KeptOpen {
 public:
  explicit KeptOpen(std::uint64_t most) : free_(most) {}
  /// False where all are taken.
  bool take() { return free_ > 0 && free_-- > 0; }
  void give_back() { ++free_; }

 private:
  std::uint64_t free_;
};

/// Raises the limit as far as this process may.
OpenFiles raise_open_files_limit();

/// An Error where so few files may be open that a run could not do its own work.
Result<void> check_open_files_limit();

}  // namespace sdlrun::engine
