// The containers of a project, as the engine has them: whichever Compose has made them, they carry its labels.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::compose {

struct Publication {
  std::string container_port;  // "80/tcp"
  std::string address;         // "127.0.0.1"; "0.0.0.0" and "::" are all of the engine's machine
  std::string port;
};

struct Container {
  std::string id;
  std::string name;
  std::string service;
  int number = 1;            // of several of one service
  std::string state;         // "running", "exited", "restarting", …
  int exit_code = 0;
  std::string start_error;   // why the engine could not start it
  std::string health;        // "starting", "healthy", "unhealthy"; empty where it has no health check
  std::string last_probe;    // what the last health check printed
  int restarts = 0;
  std::vector<Publication> ports;
};

/// Those that belong to a project, with those that have ended.
engine::Task<engine::Result<std::vector<Container>>> containers_of(engine::StageContext& context, std::string project);

/// From what `docker inspect` prints by our format, a line each; lines that are none are left out. By service and number.
std::vector<Container> parse_containers(std::string_view lines);

enum class Wanted { healthy, started };

/// Where it is: nothing is wanted any more of what is ready, and from what has failed nothing is to be expected.
struct Standing {
  enum class Is { ready, waiting, failed } is = Is::ready;
  /// "is unhealthy", "ended with exit code 3", "is starting".
  std::string text = {};
};
Standing standing_of(const Container& container, Wanted wanted);

/// "web:80" to "127.0.0.1:8080", of the first container of each service. A port of all addresses is one of `host`.
std::map<std::string, std::string> published_ports(const std::vector<Container>& containers, const std::string& host);

}  // namespace sdlrun::stages::compose
