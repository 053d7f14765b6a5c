// The floors: `floors spawn COUNT JOBS` runs `touch out/tN` for N from 0, so many at once; `floors stat COUNT` looks at each.
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

namespace {

std::string file_of(int step) { return "out/t" + std::to_string(step); }

int spawn_all(int steps, int jobs) {
  int running = 0;
  for (int step = 0; step < steps || running > 0;) {
    if (step < steps && running < jobs) {
      std::string touch = "touch", file = file_of(step++);
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

int stat_all(int steps) {
  for (int step = 0; step < steps; ++step) {
    struct stat status {};
    if (stat(file_of(step).c_str(), &status) != 0) return 1;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 2;
  const int steps = std::atoi(words[2]);
  return std::string(words[1]) == "spawn" ? spawn_all(steps, count > 3 ? std::atoi(words[3]) : 1) : stat_all(steps);
}
