#include "stages/python/interpreters.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "stages/program/variables.hpp"
#include "stages/python/environment.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

bool is_program(const fs::path& path) { return access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path); }

/// The program of this name on the PATH; empty where there is none.
fs::path find_program(const engine::Environment& environment, const std::string& name) {
  const std::string path = variable(environment, "PATH");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const fs::path candidate = fs::path(path.substr(begin, end - begin)) / name;
    if (end > begin && is_program(candidate)) return candidate;
    begin = end + 1;
  }
  return {};
}

/// The system's own come first: others on the PATH may be shims that mean another Python in another folder.
std::vector<fs::path> candidates(const engine::Environment& environment, const std::string& wanted) {
  std::vector<fs::path> found;
  std::vector<std::string> names = {"python3"};
  if (!wanted.empty()) names.insert(names.begin(), "python" + wanted);
  for (const std::string& name : names) {
    for (const fs::path& candidate : {fs::path("/usr/bin") / name, find_program(environment, name)}) {
      if (!candidate.empty() && is_program(candidate)) found.push_back(candidate);
    }
  }
  return found;
}

/// Where the user has not said otherwise: uv and pip keep what they have downloaded in our shared cache, and uv trusts the
/// certificates that this machine trusts, such as those of a company's proxy (its own list has only the public ones).
engine::Environment installer_environment(const engine::StageContext& context) {
  const fs::path downloads = context.shared_cache_directory() / "downloads";
  engine::Environment environment = context.environment();
  const std::pair<std::string, std::string> settings[] = {{"UV_CACHE_DIR", downloads / "uv"},
                                                          {"PIP_CACHE_DIR", downloads / "pip"},
                                                          {"UV_SYSTEM_CERTS", "true"},
                                                          {"UV_NATIVE_TLS", "true"}};  // the same, in older versions
  for (const auto& [name, value] : settings) {
    if (variable(environment, name).empty()) set_variable(environment, name, value);
  }
  return environment;
}

/// "3.11"; empty where the program cannot say.
Task<std::string> version_of(engine::StageContext& context, fs::path program) {
  const fs::path output = context.scratch_directory() / "version";
  std::vector<std::string> command = {program.string(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"};
  Task<Result<engine::ProcessResult>> running = run_tool(context, std::move(command), output);
  const Result<engine::ProcessResult> result = co_await running;
  if (!result || !result->success()) co_return "";
  std::string version;
  std::ifstream stream(output);
  std::getline(stream, version);
  co_return version;
}

}  // namespace

Task<Result<engine::ProcessResult>> run_tool(engine::StageContext& context, std::vector<std::string> command, fs::path output) {
  engine::ProcessRequest request;
  request.command = std::move(command);
  request.environment = installer_environment(context);
  if (!output.empty()) {
    request.standard_output_file = output;
    request.log_file = output.string() + ".log";
  }
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  co_return co_await running;
}

Task<Result<Interpreter>> find_python(engine::StageContext& context, std::string wanted) {
  std::string others;
  const std::vector<fs::path> programs = candidates(context.environment(), wanted);
  for (const fs::path& candidate : programs) {
    fs::path program = candidate;
    Task<std::string> asking = version_of(context, std::move(program));
    const std::string version = co_await asking;
    if (version.empty()) continue;
    if (wanted.empty() || version == wanted) co_return Interpreter{.program = candidate, .version = version};
    if (others.find(version) == std::string::npos) others += (others.empty() ? "" : ", ") + version;
  }
  if (others.empty()) co_return engine::failure("there is no Python here", "apt-get install python3 python3-venv");
  co_return engine::failure("the environment wants Python " + wanted + ", and this machine has " + others,
                            "install python" + wanted + ", or make the lock file for " + others + " and change `version`");
}

Task<fs::path> find_uv(engine::StageContext& context, fs::path python) {
  const fs::path installed = find_program(context.environment(), "uv");
  if (!installed.empty()) co_return installed;
  const fs::path folder = context.shared_cache_directory() / "tools" / "uv";
  const fs::path own = folder / "bin" / "uv";
  if (fs::exists(folder / complete_marker)) co_return own;
  std::string section = "uv";
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  const Result<std::shared_ptr<void>> lock = co_await locking;
  if (!lock) co_return fs::path();
  if (fs::exists(folder / complete_marker)) co_return own;
  std::error_code code;
  fs::remove_all(folder, code);
  context.progress("getting uv");
  std::vector<std::string> make = {python.string(), "-m", "venv", folder.string()};
  Task<Result<engine::ProcessResult>> making = run_tool(context, std::move(make));
  const Result<engine::ProcessResult> made = co_await making;
  if (!made || !made->success()) co_return fs::path();
  std::vector<std::string> install = {(folder / "bin" / "python").string(), "-m", "pip", "install", "--quiet",
                                      "--disable-pip-version-check", "uv"};
  Task<Result<engine::ProcessResult>> installing = run_tool(context, std::move(install));
  const Result<engine::ProcessResult> result = co_await installing;
  if (!result || !result->success()) co_return fs::path();  // pip it is
  std::ofstream(folder / complete_marker).flush();
  co_return own;
}

}  // namespace sdlrun::stages
