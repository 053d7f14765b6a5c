// What users read when packages cannot be installed: from the words that uv and pip really print.
#include "stages/python/install_error.hpp"

#include <doctest/doctest.h>

namespace sdlrun::stages {

namespace {

const std::vector<PinnedPackage> packages = {{"six", "1.16.0", 1}, {"keras", "99.0", 7}};

engine::Error error_of(const std::string& printed) { return install_error(printed, "requirements.txt", packages); }

}  // namespace

TEST_CASE("a version that is not there is named with its line") {
  CHECK(error_of("error: No solution found when resolving dependencies\n  cause: Because there is no version of keras==99.0 and you require keras==99.0, ...").message.starts_with(
      "requirements.txt:7: `keras==99.0` is not to be had"));
  CHECK(error_of("ERROR: No matching distribution found for keras==99.0").hint == "pin another version");
}

TEST_CASE("a network that is not there, a certificate that is not trusted and a full disk are told apart") {
  CHECK(error_of("error: Failed to fetch: https://pypi.org/simple/six/\n  cause: dns error").message == "the package index cannot be reached");
  CHECK(error_of("Packages were unavailable because the network was disabled").message == "the package index cannot be reached");
  CHECK(error_of("error: Failed to fetch\n  cause: invalid peer certificate: UnknownIssuer").message.find("certificate is not trusted") != std::string::npos);
  CHECK(error_of("OSError: [Errno 28] No space left on device").message == "no space is left for the Python environment");
}

TEST_CASE("another Python than the package's is said so") {
  CHECK(error_of("Because the current Python version (3.13.0) does not satisfy Python>=3.9,<3.13 and six==1.16.0 ...").message.find("needs another Python") !=
        std::string::npos);
}

TEST_CASE("words that nobody has thought of stay readable below the message") {
  const engine::Error error = error_of("something new");
  CHECK(error.message == "the packages of requirements.txt could not be installed");
  CHECK(error.detail == "something new");
}

}  // namespace sdlrun::stages
