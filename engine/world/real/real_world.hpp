// This machine, its processes, its files and its network: what the engine works on outside of tests.
#pragma once

#include "engine/world/real/reactor.hpp"
#include "engine/world/real/real_clock.hpp"
#include "engine/world/real/real_files.hpp"
#include "engine/world/real/real_processes.hpp"
#include "engine/world/real/real_remote.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

/// Make it after run_guarded has forked, and let it live until every step has ended; it kills what still runs. All
/// callbacks come through `post`, which is called from threads of the world and must not block.
class RealWorld {
 public:
  explicit RealWorld(const Post& post)
      : clock_(reactor_, post), processes_(reactor_, post), remote_(post) {}

  World world() { return {.clock = clock_, .files = files_, .processes = processes_, .remote = remote_}; }

 private:
  Reactor reactor_;
  RealClock clock_;
  RealFiles files_;
  RealProcesses processes_;
  RealRemote remote_;
};

}  // namespace sdlrun::engine
