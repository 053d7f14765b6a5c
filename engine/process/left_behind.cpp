#include "engine/process/left_behind.hpp"

#include <csignal>
#include <string>

#include "engine/process/process_environment.hpp"
#include "engine/process/process_table.hpp"
#include "engine/process/service.hpp"

namespace sdlrun::engine {

void kill_left_behind(const std::filesystem::path& folder) {
  const std::string beginning = folder.native() + '/';
  constexpr int most_rounds = 100;  // one that forks all the time may escape a look
  for (int round = 0, killed = 1; killed > 0 && round < most_rounds; ++round) {
    killed = 0;
    for (const ProcessEntry& entry : read_process_table()) {
      if (!entry.is_alive || !value_in(environment_of_process(entry.pid), "TMPDIR").value_or("").starts_with(beginning)) continue;
      if (!belongs_to_service(entry.pid) && ::kill(entry.pid, SIGKILL) == 0) ++killed;
    }
  }
}

}  // namespace sdlrun::engine
