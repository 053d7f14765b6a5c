#include "engine/process/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "engine/process/service.hpp"

namespace sdlrun::engine {

namespace {

std::optional<pid_t> pid_of(std::string_view name) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// "12 (name) S 1 12 12 …": the name may hold anything, parentheses and spaces included.
std::optional<ProcessEntry> parse_stat(pid_t pid, const char* text) {
  const char* after_name = std::strrchr(text, ')');
  ProcessEntry entry{.pid = pid};
  char state = 0;
  if (after_name == nullptr) return std::nullopt;
  if (std::sscanf(after_name + 1, " %c %d %d %d", &state, &entry.parent, &entry.group, &entry.session) != 4) return std::nullopt;
  entry.is_alive = state != 'Z' && state != 'X';
  return entry;
}

std::optional<ProcessEntry> read_process(int proc, pid_t pid) {
  const std::string path = std::to_string(pid) + "/stat";
  const int file = ::openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::array<char, 512> text{};
  const ssize_t length = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (length <= 0) return std::nullopt;
  return parse_stat(pid, text.data());
}

void reap_ended_children() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

/// Whoever has no child, not even a dead one, has no descendant. Most ends of a run are of that kind, and no table is read.
bool have_children() {
  siginfo_t ended{};
  return ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

std::vector<ProcessEntry> read_process_table() {
  std::vector<ProcessEntry> table;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
  if (proc == nullptr) return table;
  while (const dirent* folder = ::readdir(proc.get())) {
    const auto pid = pid_of(folder->d_name);
    if (!pid) continue;
    if (const auto entry = read_process(::dirfd(proc.get()), *pid)) table.push_back(*entry);
  }
  return table;
}

std::vector<pid_t> living_descendants(const std::vector<ProcessEntry>& table, pid_t root) {
  std::vector<ProcessEntry> by_parent = table;
  const auto parent_less = [](const ProcessEntry& left, const ProcessEntry& right) { return left.parent < right.parent; };
  std::sort(by_parent.begin(), by_parent.end(), parent_less);
  std::vector<pid_t> reached{root};  // the dead too: they may have living children
  std::vector<pid_t> living;
  for (std::size_t i = 0; i < reached.size() && reached.size() <= table.size() + 1; ++i) {
    const auto [first, last] = std::equal_range(by_parent.begin(), by_parent.end(), ProcessEntry{.parent = reached[i]}, parent_less);
    for (auto child = first; child != last; ++child) {
      reached.push_back(child->pid);
      if (child->is_alive) living.push_back(child->pid);
    }
  }
  return living;
}

std::vector<ProcessEntry> living_members(const std::vector<ProcessEntry>& table, pid_t leader) {
  std::vector<ProcessEntry> members;
  for (const ProcessEntry& entry : table) {
    if (entry.is_alive && (entry.session == leader || entry.group == leader)) members.push_back(entry);
  }
  return members;
}

bool kill_descendants(pid_t root, Milliseconds patience) {
  if (root == ::getpid() && !have_children()) return true;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto left = living_descendants(read_process_table(), root);
    std::erase_if(left, belongs_to_service);
    if (left.empty()) return true;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    if (std::chrono::steady_clock::now() >= end) return false;
    if (root == ::getpid()) reap_ended_children();
    std::this_thread::sleep_for(Milliseconds(2));
  }
}

}  // namespace sdlrun::engine
