// The floor under all that run programs: `touch out/tN` for N from 0, so many at once. spawn_loop COUNT JOBS
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

int main(int count, char** words) {
  if (count != 3) return 2;
  const int steps = std::atoi(words[1]), jobs = std::atoi(words[2]);
  int running = 0;
  for (int step = 0; step < steps || running > 0;) {
    if (step < steps && running < jobs) {
      std::string touch = "touch", file = "out/t" + std::to_string(step++);
      char* command[] = {touch.data(), file.data(), nullptr};
      pid_t process = 0;
      if (posix_spawnp(&process, "touch", nullptr, nullptr, command, environ) != 0) return 1;
      ++running;
      continue;
    }
    if (wait(nullptr) > 0) --running;
  }
  return 0;
}
