#include "stages/python/install_error.hpp"

#include <algorithm>
#include <initializer_list>

namespace sdlrun::stages {

namespace {

bool has_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return text.find(part) != std::string::npos; });
}

/// The line that holds a text.
std::string line_with(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    const std::size_t at = text.find(part);
    if (at == std::string::npos) continue;
    const std::size_t begin = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  }
  return "";
}

/// "requirements.txt:12: `keras==99.0`", for the first package that a text speaks of; the file alone where it names none.
std::string culprit(const std::string& text, const std::string& requirements, const std::vector<PinnedPackage>& packages) {
  for (const PinnedPackage& package : packages) {
    const std::string pin = package.name + "==" + package.version;
    if (text.find(pin) != std::string::npos) return requirements + ":" + std::to_string(package.line) + ": `" + pin + "`";
  }
  return requirements + ": a package";
}

constexpr std::initializer_list<const char*> no_space = {"No space left", "os error 28", "ENOSPC", "Disk quota exceeded"};
constexpr std::initializer_list<const char*> no_venv = {"ensurepip is not", "No module named venv", "No module named 'venv'"};
constexpr std::initializer_list<const char*> other_python = {"does not satisfy Python", "Requires-Python", "requires a different Python"};
constexpr std::initializer_list<const char*> not_there = {
    "No matching distribution", "Could not find a version", "was not found in the package registry", "there is no version of",
    "there are no wheels",      "has no wheels with a matching", "has no usable wheels"};
constexpr std::initializer_list<const char*> other_hash = {"Hash mismatch", "DO NOT MATCH THE HASHES", "hash mismatch"};
constexpr std::initializer_list<const char*> no_network = {
    "name resolution",     "dns error", "Connection refused", "error sending request", "Network is unreachable",
    "network was disabled", "Failed to establish", "timed out", "Could not connect",  "tls handshake",         "Failed to fetch"};
constexpr std::initializer_list<const char*> not_trusted = {"invalid peer certificate", "CERTIFICATE_VERIFY_FAILED", "certificate verify failed"};
constexpr std::initializer_list<const char*> not_built = {"Failed to build", "error: command", "build backend", "Failed building wheel"};

}  // namespace

engine::Error install_error(const std::string& printed, const std::string& requirements, const std::vector<PinnedPackage>& packages) {
  const std::string what = culprit(printed, requirements, packages);
  if (has_any(printed, no_space)) {
    return {.message = "no space is left for the Python environment", .hint = "make room, or set XDG_CACHE_HOME to a larger disk", .detail = printed};
  }
  if (has_any(printed, no_venv)) return {.message = "this Python cannot make environments", .hint = "apt-get install python3-venv"};
  if (has_any(printed, other_python)) {
    return {.message = what + " needs another Python: " + line_with(printed, other_python),
            .hint = "give `version` the Python that the file was made for, or make it again for this one",
            .detail = printed};
  }
  // Before the network: uv says "not found in the package registry" for what is not there.
  if (has_any(printed, not_there)) {
    return {.message = what + " is not to be had for this Python and machine: " + line_with(printed, not_there), .hint = "pin another version", .detail = printed};
  }
  if (has_any(printed, other_hash)) {
    return {.message = what + " is not the file that was pinned: its hash differs", .hint = "do not install it; find out what has changed, then make the file again", .detail = printed};
  }
  if (has_any(printed, not_trusted)) {
    return {.message = "the package index's certificate is not trusted on this machine",
            .hint = "behind a proxy that reads HTTPS, put its certificate into /usr/local/share/ca-certificates and run update-ca-certificates, or set SSL_CERT_FILE",
            .detail = printed};
  }
  if (has_any(printed, no_network)) {
    return {.message = "the package index cannot be reached", .hint = "is there a network? UV_INDEX_URL and PIP_INDEX_URL name another index, HTTPS_PROXY a proxy", .detail = printed};
  }
  if (has_any(printed, not_built)) {
    return {.message = what + " could not be built: " + line_with(printed, not_built), .hint = "pin a version that has a wheel", .detail = printed};
  }
  return {.message = "the packages of " + requirements + " could not be installed", .hint = "its log shows what the installer said", .detail = printed};
}

}  // namespace sdlrun::stages
