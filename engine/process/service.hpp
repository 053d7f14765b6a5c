// Programs that outlive the run which started them, until somebody ends them: a notebook server, a database.
//
// A service is told from what a step has left behind by its environment, where SDLRUN_SERVICE says which it is: so no
// file can say wrong, and whoever comes after a crash finds it. A program that overwrites its own environment, as some do
// to change their title, cannot be one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

struct ServiceRequest {
  std::string identity = {};  // unique on this machine, without new lines
  std::string key = {};       // of all that it is started with: where it differs, another is wanted
  std::vector<std::string> command = {};
  std::filesystem::path directory = {};
  Environment environment = {};
  std::filesystem::path log_file = {};  // emptied first; its owner alone may read it, for nobody masks secrets in it
};

struct ServiceProcess {
  pid_t pid = 0;  // leads a session of its own
  std::string key = {};
};

/// Starts it without waiting for more than its program to be there.
Result<ServiceProcess> start_service(const ServiceRequest& request);

/// The living one of this identity that belongs to this user.
std::optional<ServiceProcess> find_service(const std::string& identity);

/// Sends a signal to all of its session; false where nobody lives there any more.
bool signal_service(const ServiceProcess& service, int signal);

/// Whether it is one, or was started by one.
bool belongs_to_service(pid_t pid);

}  // namespace sdlrun::engine
