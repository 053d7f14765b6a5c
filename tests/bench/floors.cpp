// The floors: `floors spawn COUNT JOBS` runs `touch out/tN` for N from 0, so many at once; `floors stat COUNT` looks at each;
// `floors flow FILE` runs a flow graph of empty nodes, one a line of the file, which names the nodes it needs by their lines.
// `measure FILE COMMAND…` runs a command and writes its seconds and KiB to the file: the memory of the bench's own Python
// would be counted as the command's, were it the one to start it.
#include <oneapi/tbb/flow_graph.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>
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

int run_flow_graph(const char* file) {
  namespace flow = oneapi::tbb::flow;
  using Node = flow::continue_node<flow::continue_msg>;
  flow::graph graph;
  std::deque<Node> nodes;
  std::deque<Node*> first;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    Node& node = nodes.emplace_back(graph, [](const flow::continue_msg& signal) { return signal; });
    std::istringstream words(line);
    bool needs_any = false;
    for (std::size_t need = 0; words >> need; needs_any = true) flow::make_edge(nodes[need], node);
    if (!needs_any) first.push_back(&node);
  }
  for (Node* node : first) node->try_put(flow::continue_msg());
  graph.wait_for_all();
  return nodes.empty() ? 1 : 0;
}

int measure(const char* file, char** command) {
  const auto begun = std::chrono::steady_clock::now();
  pid_t process = 0;
  if (posix_spawnp(&process, command[0], nullptr, nullptr, command, environ) != 0) return 127;
  int status = 0;
  rusage usage{};
  wait4(process, &status, 0, &usage);
  std::ofstream(file) << std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() << ' ' << usage.ru_maxrss << '\n';
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 2;
  const std::string floor = words[1];
  if (floor == "measure" && count > 3) return measure(words[2], words + 3);
  if (floor == "flow") return run_flow_graph(words[2]);
  const int steps = std::atoi(words[2]);
  return floor == "spawn" ? spawn_all(steps, count > 3 ? std::atoi(words[3]) : 1) : stat_all(steps);
}
