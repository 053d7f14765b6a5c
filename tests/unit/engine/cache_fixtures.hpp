// What the tests of cache, state, store and plan share.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dsl/values/value.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine::cache_tests {

/// A folder of a test's own, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sdlrun-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::filesystem::path& name) const { return path / name; }

  std::filesystem::path path;
};

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Fails the test with the error's own text.
template <typename T>
T need(Result<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline dsl::Value file_value(const std::filesystem::path& path, std::string digest = "") {
  return dsl::Value(dsl::FileValue{path.string(), std::move(digest)});
}
inline dsl::Value dir_value(const std::filesystem::path& path, std::string digest = "") {
  return dsl::Value(dsl::DirValue{path.string(), std::move(digest)});
}

}  // namespace sdlrun::engine::cache_tests
