#include "engine/process/service.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "engine/process/process_environment.hpp"
#include "engine/process/process_table.hpp"
#include "engine/world/real/file_error.hpp"
#include "engine/world/real/spawn.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::string_view identity_variable = "SDLRUN_SERVICE";
constexpr std::string_view key_variable = "SDLRUN_SERVICE_KEY";

std::uint64_t open_files_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min<rlim_t>(limit.rlim_cur, 1U << 16) : 0;
}

}  // namespace

Result<ServiceProcess> start_service(const ServiceRequest& request) {
  const OwnedDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const OwnedDescriptor log(::open(request.log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) return file_failure("write", request.log_file, errno);
  Environment environment = request.environment;
  environment.emplace_back(identity_variable, request.identity);
  environment.emplace_back(key_variable, request.key);
  const auto started = spawn({.command = request.command,
                              .directory = request.directory,
                              .environment = environment,
                              .standard_input = nothing.get(),
                              .standard_output = log.get(),
                              .standard_error = log.get(),
                              .open_files = open_files_limit(),
                              .outlives_us = true});
  if (!started) return tl::unexpected(started.error());
  return ServiceProcess{.pid = started->pid, .key = request.key};
}

std::optional<ServiceProcess> find_service(const std::string& identity) {
  for (const ProcessEntry& entry : read_process_table()) {
    if (!entry.is_alive || entry.session != entry.pid) continue;
    const std::string environment = environment_of_process(entry.pid);
    if (value_in(environment, identity_variable) == identity) return ServiceProcess{entry.pid, value_in(environment, key_variable).value_or("")};
  }
  return std::nullopt;
}

bool signal_service(const ServiceProcess& service, int signal) {
  const auto members = living_members(read_process_table(), service.pid);
  for (const ProcessEntry& member : members) ::kill(member.pid, signal);
  return !members.empty();
}

bool belongs_to_service(pid_t pid) { return value_in(environment_of_process(pid), identity_variable).has_value(); }

}  // namespace sdlrun::engine
