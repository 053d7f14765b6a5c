// Lock files as people and tools write them.
#include "stages/python/lock_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sdlrun::stages {

namespace {

engine::Result<std::vector<PinnedPackage>> read(const std::string& text) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / ("sdlrun-lock-" + std::to_string(getpid()) + ".txt");
  std::ofstream(path, std::ios::binary) << text;
  auto packages = read_lock_file(path.string());
  std::filesystem::remove(path);
  return packages;
}

std::string pins_of(const std::string& text) {
  const auto packages = read(text);
  if (!packages) return "error: " + packages.error().message.substr(packages.error().message.find(".txt") + 4);
  std::string pins;
  for (const PinnedPackage& package : *packages) pins += package.name + "==" + package.version + '@' + std::to_string(package.line) + ' ';
  return pins;
}

}  // namespace

TEST_CASE("names are those of PEP 503, in whatever way they are written") {
  CHECK(pins_of("Typing_Extensions==4.16.0\nruamel.yaml == 0.18\n") == "typing-extensions==4.16.0@1 ruamel-yaml==0.18@2 ");
}

TEST_CASE("extras, markers, hashes, comments and the marks of Windows are no part of a pin") {
  CHECK(pins_of("\xef\xbb\xbf# made by uv\r\nuvicorn[standard]==0.30.1 ; python_version >= \"3.9\"\r\n") == "uvicorn==0.30.1@2 ");
  CHECK(pins_of("six==1.16.0 \\\n    --hash=sha256:1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926\n") == "six==1.16.0@1 ");
  CHECK(pins_of("six==1.16.0  # via python-dateutil\n\n") == "six==1.16.0@1 ");
}

TEST_CASE("a line that pins nothing is named") {
  CHECK(pins_of("six==1.16.0\nrequests\n") == "error: :2: `requests` pins no version");
  CHECK(pins_of("requests>=2\n") == "error: :1: `requests>=2` pins no version");
  CHECK(pins_of("requests==2.*\n") == "error: :1: `requests==2.*` pins no version");
  CHECK(pins_of("-e .\n") == "error: :1: `-e .` pins no version");
  CHECK(pins_of("--index-url https://user:password@example.com\n") == "error: :1: `--index-url` belongs to the machine, not to the lock file");
}

TEST_CASE("two versions of one package are refused, the same twice is not") {
  CHECK(pins_of("six==1.16.0\nSix==1.16.0\n") == "six==1.16.0@1 six==1.16.0@2 ");
  CHECK(pins_of("six==1.16.0\nsix==1.17.0\n") == "error: :2: `six==1.17.0`, but line 1 pins 1.16.0");
}

TEST_CASE("a file may name no package: the standard library is enough for some") { CHECK(pins_of("# nothing\n").empty()); }

}  // namespace sdlrun::stages
