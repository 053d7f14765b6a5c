// The server of http_server.py, running while the object lives.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace sdlrun::engine {

class LocalServer {
 public:
  /// Serves `folder`/file and notes requests in `folder`/requests.
  explicit LocalServer(const std::filesystem::path& folder) {
    const auto script = std::filesystem::path(__FILE__).parent_path() / "http_server.py";
    std::array<int, 2> to_server{};
    std::array<int, 2> from_server{};
    REQUIRE(::pipe2(to_server.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(from_server.data(), O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(to_server[0], 0);
      ::dup2(from_server[1], 1);
      ::execlp("python3", "python3", script.c_str(), folder.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(to_server[0]);
    ::close(from_server[1]);
    lifeline_ = to_server[1];
    FILE* const output = ::fdopen(from_server[0], "r");
    REQUIRE(std::fscanf(output, "%d", &port_) == 1);
    std::fclose(output);
  }
  ~LocalServer() {
    ::close(lifeline_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int port() const { return port_; }

 private:
  pid_t pid_ = 0;
  int lifeline_ = -1;
  int port_ = 0;
};

}  // namespace sdlrun::engine
