#include "engine/world/real/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> number_in_file(const fs::path& file) {
  std::ifstream stream(file);
  std::int64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;  // "max" is none
}

/// Those that this thread may use: a container, `taskset` or a control group's cpuset may leave it only some.
std::int64_t usable_processors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  return ::sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : std::thread::hardware_concurrency();
}

/// "MemTotal:       16318440 kB" of proc(5).
std::int64_t memory_of_machine(const fs::path& root) {
  std::ifstream stream(root / "proc/meminfo");
  std::string name;
  std::int64_t kibibytes = 0;
  while (stream >> name >> kibibytes) {
    if (name == "MemTotal:") return kibibytes * 1024;
    stream.ignore(1000, '\n');
  }
  return 0;
}

/// The group of this process, by controller: "" for version 2. Lines of proc(5)'s /proc/PID/cgroup: "4:cpu,cpuacct:/path".
std::string group_of(const fs::path& root, std::string_view controller) {
  std::ifstream stream(root / "proc/self/cgroup");
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
    for (std::string name; std::getline(controllers, name, ',');) {
      if (name == controller) return line.substr(second + 1);
    }
  }
  return "/";
}

/// From the group up to the top, as a limit of any of them holds; within a container its own group is the top.
template <typename Use>
void for_each_group(const fs::path& mount, const std::string& group, Use use) {
  fs::path folder = mount / fs::path(group).relative_path();
  std::error_code problem;
  if (!fs::is_directory(folder, problem)) folder = mount;
  for (;; folder = folder.parent_path()) {
    use(folder);
    if (folder == mount || folder == folder.parent_path()) return;
  }
}

void lower(std::int64_t& limit, std::int64_t by) {
  if (by > 0 && (limit == 0 || by < limit)) limit = by;
}

/// A quota of 250 of 100 is two and a half processors: two whole ones, at least one.
void lower_cpus(std::int64_t& limit, std::int64_t quota, std::int64_t period) {
  if (quota > 0 && period > 0) lower(limit, std::max<std::int64_t>(1, quota / period));
}

void apply_version_2(const fs::path& root, MachineLimits& limits) {
  for_each_group(root / "sys/fs/cgroup", group_of(root, ""), [&](const fs::path& group) {
    lower(limits.memory_bytes, number_in_file(group / "memory.max").value_or(0));
    std::ifstream cpu(group / "cpu.max");
    std::int64_t quota = 0, period = 0;
    if (cpu >> quota >> period) lower_cpus(limits.cpus, quota, period);
  });
}

void apply_version_1(const fs::path& root, MachineLimits& limits) {
  for_each_group(root / "sys/fs/cgroup/memory", group_of(root, "memory"), [&](const fs::path& group) {
    lower(limits.memory_bytes, number_in_file(group / "memory.limit_in_bytes").value_or(0));  // without limit: a huge number
  });
  for_each_group(root / "sys/fs/cgroup/cpu", group_of(root, "cpu"), [&](const fs::path& group) {
    lower_cpus(limits.cpus, number_in_file(group / "cpu.cfs_quota_us").value_or(0), number_in_file(group / "cpu.cfs_period_us").value_or(0));
  });
}

}  // namespace

MachineLimits machine_limits(const fs::path& root) {
  MachineLimits limits{.cpus = usable_processors(), .memory_bytes = memory_of_machine(root)};
  apply_version_2(root, limits);
  apply_version_1(root, limits);
  return limits;
}

}  // namespace sdlrun::engine
