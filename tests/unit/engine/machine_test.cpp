// What a machine leaves us, read from a /proc and a /sys of our own.
#include "engine/world/real/machine.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <filesystem>
#include <thread>

#include "cache_fixtures.hpp"

using namespace sdlrun::engine;
using cache_tests::TemporaryFolder;
using cache_tests::write_text;

namespace {

constexpr std::int64_t gibibyte = 1024 * 1024 * 1024;

void write_in(const TemporaryFolder& root, const std::string& path, const std::string& text) {
  std::filesystem::create_directories((root / path).parent_path());
  write_text(root / path, text);
}

}  // namespace

TEST_CASE("this machine has processors and memory") {
  const MachineLimits limits = machine_limits();
  CHECK(limits.cpus >= 1);
  CHECK(limits.memory_bytes > 64 * 1024 * 1024);
}

TEST_CASE("processors that may not be used are none") {
  std::thread([] {  // a cpuset or `taskset` is a property of each thread
    cpu_set_t usable, one;
    CPU_ZERO(&usable);
    CPU_ZERO(&one);
    REQUIRE(::sched_getaffinity(0, sizeof usable, &usable) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &usable)) ++first;
    CPU_SET(first, &one);
    REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(machine_limits().cpus == 1);
  }).join();
}

TEST_CASE("without control groups the machine's memory counts") {
  TemporaryFolder root;
  write_in(root, "proc/meminfo", "MemTotal:       8388608 kB\nMemFree:        100 kB\n");
  CHECK(machine_limits(root / "").memory_bytes == 8 * gibibyte);
}

TEST_CASE("a control group of version 2 lowers them, and so does one above it") {
  TemporaryFolder root;
  write_in(root, "proc/meminfo", "MemTotal:       8388608 kB\n");
  write_in(root, "proc/self/cgroup", "0::/user/job\n");
  write_in(root, "sys/fs/cgroup/user/job/memory.max", "max\n");
  write_in(root, "sys/fs/cgroup/user/memory.max", "1073741824\n");
  write_in(root, "sys/fs/cgroup/user/job/cpu.max", "150000 100000\n");
  const MachineLimits limits = machine_limits(root / "");
  CHECK(limits.memory_bytes == gibibyte);
  CHECK(limits.cpus == 1);
}

TEST_CASE("in a container its own group is the top") {
  TemporaryFolder root;
  write_in(root, "proc/meminfo", "MemTotal:       8388608 kB\n");
  write_in(root, "proc/self/cgroup", "0::/../../somewhere/else\n");
  write_in(root, "sys/fs/cgroup/memory.max", "2147483648\n");
  write_in(root, "sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(machine_limits(root / "").memory_bytes == 2 * gibibyte);
}

TEST_CASE("a control group of version 1 lowers them") {
  TemporaryFolder root;
  write_in(root, "proc/meminfo", "MemTotal:       8388608 kB\n");
  write_in(root, "proc/self/cgroup", "7:memory:/jobs\n4:cpu,cpuacct:/jobs\n");
  write_in(root, "sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "3221225472\n");
  write_in(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write_in(root, "sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us", "50000\n");
  write_in(root, "sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us", "100000\n");
  const MachineLimits limits = machine_limits(root / "");
  CHECK(limits.memory_bytes == 3 * gibibyte);
  CHECK(limits.cpus == 1);
}
