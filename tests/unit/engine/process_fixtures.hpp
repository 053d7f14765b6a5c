// What tests of real processes share: a folder, a world, and waiting for callbacks.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "engine/world/real/real_world.hpp"

namespace sdlrun::engine {

/// A new folder that goes with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sdlrun-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = std::filesystem::canonical(name);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

inline void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

/// Callbacks on the thread that calls: enough where nobody blocks in them.
inline Post call_directly() {
  return [](std::function<void()> work) { work(); };
}

/// Begins something that calls back, and gives what it called back with.
template <typename T>
T wait_for(const std::function<void(std::function<void(T)>)>& begin) {
  auto promise = std::make_shared<std::promise<T>>();
  auto future = promise->get_future();
  begin([promise](T value) { promise->set_value(std::move(value)); });
  return future.get();
}

inline Result<ProcessResult> run(Processes& processes, ProcessRequest request) {
  return wait_for<Result<ProcessResult>>([&](auto done) { processes.start(std::move(request), std::move(done)); });
}

/// Polls, for what another process does; a test that waits for ever is stopped by ctest.
inline void wait_until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

inline bool is_alive(int pid) {
  const std::string stat = content_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t after_name = stat.rfind(')');
  return after_name != std::string::npos && stat[after_name + 2] != 'Z' && stat[after_name + 2] != 'X';
}

/// The number that a program has written to a file, once it is there with its line end.
inline int number_in(const std::filesystem::path& path) {
  wait_until([&] { return content_of(path).ends_with('\n'); });
  return std::stoi(content_of(path));
}

}  // namespace sdlrun::engine
