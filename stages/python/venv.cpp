#include "stages/python/venv.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <fstream>

#include "engine/project/project.hpp"
#include "stages/python/environment.hpp"
#include "stages/python/install_error.hpp"
#include "stages/python/interpreters.hpp"
#include "stages/python/lock_file.hpp"
#include "stages/python/python_program.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;
using Json = nlohmann::json;
using Packages = std::vector<PinnedPackage>;

namespace {

/// One installation: what is asked for, and the programs it is done with.
struct Installation {
  std::string requirements;
  Packages packages;
  Interpreter python;
  fs::path folder;
  std::string digest;
  fs::path uv = {};  // empty: pip
};

bool is_complete(const fs::path& folder) { return fs::exists(folder / complete_marker); }

std::string platform() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + "-" + name.machine;
}

dsl::Value handle_of(const Installation& installation) {
  dsl::Fields packages;
  for (const PinnedPackage& package : installation.packages) {
    packages.emplace_back(package.name, dsl::Value::text(package.version));
  }
  return dsl::Value::handle(python_environment_type, installation.digest,
                            {{"folder", dsl::Value::text(installation.folder.string())},
                             {"version", dsl::Value::text(installation.python.version)},
                             {"requirements", dsl::Value::text(installation.requirements)},
                             {"packages", dsl::Value::map(std::move(packages))}});
}

std::vector<std::string> making_command(const Installation& installation) {
  const std::string folder = installation.folder.string();
  const std::string python = installation.python.program.string();
  if (installation.uv.empty()) return {python, "-m", "venv", folder};
  return {installation.uv.string(), "venv", "--quiet", "--python", python, folder};
}

/// The lock names all that is needed: what packages say of each other (elephas wants both tensorflow and what we pin
/// instead of it) is not asked again.
std::vector<std::string> installing_command(const Installation& installation) {
  const std::string interpreter = (installation.folder / "bin" / "python").string();
  std::vector<std::string> command = {interpreter, "-m", "pip", "install", "--disable-pip-version-check"};
  if (!installation.uv.empty()) command = {installation.uv.string(), "pip", "install", "--python", interpreter};
  command.insert(command.end(), {"--no-deps", "-r", installation.requirements});
  return command;
}

std::string digest_of(const Packages& packages, const std::string& python_version) {
  return lock_digest(packages, platform() + "\npython " + python_version);
}

fs::path folder_of(const fs::path& shared_cache, const std::string& digest) { return shared_cache / "python" / digest.substr(0, 16); }

/// An environment of these packages that has been made on this machine, for the wanted Python or, where any will do, for one of
/// those that may be there.
std::optional<Installation> made_before(const Installation& wanted) {
  const auto shared_cache = engine::shared_cache_place();
  if (!shared_cache) return std::nullopt;
  constexpr int first_minor = 8, last_minor = 19;
  for (int minor = last_minor; minor >= first_minor; --minor) {
    Installation candidate = wanted;
    if (wanted.python.version.empty()) candidate.python.version = "3." + std::to_string(minor);
    candidate.digest = digest_of(candidate.packages, candidate.python.version);
    candidate.folder = folder_of(*shared_cache, candidate.digest);
    if (is_complete(candidate.folder)) return candidate;
  }
  return std::nullopt;
}

Task<Result<bool>> run_step(engine::StageContext& context, const Installation& installation, std::vector<std::string> command) {
  Task<Result<engine::ProcessResult>> running = run_tool(context, std::move(command));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (result->stopped) co_return engine::failure("the installation was stopped");
  if (result->success()) co_return true;
  co_return tl::unexpected(install_error(context.log_tail(20), installation.requirements, installation.packages));
}

/// What the packages ask for and the lock file does not pin, as JSON. A file from `pip freeze` of another environment may
/// lack something: better said now than by the script's ImportError after an hour.
Task<Result<Json>> find_missing(engine::StageContext& context, const Installation& installation) {
  PythonEnvironment python = python_environment(handle_of(installation));
  std::string module = "stages.python.missing";
  Json request = Json::object();
  Task<Result<Json>> asking = run_python_program(context, std::move(python), std::move(module), std::move(request));
  const Result<Json> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  co_return answer->value("missing", Json::array());
}

/// The marker holds what is missing, so that every project that shares the environment is warned.
void warn_of_missing(engine::StageContext& context, const Installation& installation) {
  std::ifstream marker(installation.folder / complete_marker);
  const Json all = Json::parse(marker, nullptr, false);
  if (!all.is_array()) return;
  for (const Json& missing : all) {
    std::string users;
    for (const Json& user : missing.value("needed_by", Json::array())) {
      users += (users.empty() ? "`" : ", `") + user.get<std::string>() + "`";
    }
    context.warn(installation.requirements + " does not pin `" + missing.value("name", "") + "`, which " + users +
                 " asks for: add it if something fails to import");
  }
}

Task<Result<bool>> install(engine::StageContext& context, Installation installation) {
  std::error_code code;
  fs::remove_all(installation.folder, code);  // what a killed run left
  fs::create_directories(installation.folder.parent_path(), code);
  context.progress("making the environment");
  Task<Result<bool>> making = run_step(context, installation, making_command(installation));
  if (const Result<bool> made = co_await making; !made) co_return made;
  if (!installation.packages.empty()) {
    context.progress("installing " + std::to_string(installation.packages.size()) + " packages");
    Task<Result<bool>> installing = run_step(context, installation, installing_command(installation));
    if (const Result<bool> installed = co_await installing; !installed) co_return installed;
  }
  Task<Result<Json>> looking = find_missing(context, installation);
  const Result<Json> missing = co_await looking;
  if (!missing) co_return tl::unexpected(missing.error());
  std::ofstream marker(installation.folder / complete_marker);
  marker << *missing;
  marker.close();
  if (!marker) co_return engine::failure("cannot write to " + installation.folder.string(), "is the disk full?");
  co_return true;
}

/// Makes the environment, unless it is there or another engine is making it.
Task<Result<bool>> bring_about(engine::StageContext& context, Installation installation) {
  if (is_complete(installation.folder)) co_return true;
  fs::path program = installation.python.program;
  Task<fs::path> finding_uv = find_uv(context, std::move(program));
  installation.uv = co_await finding_uv;
  std::string section = "python-" + installation.folder.filename().string();
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  const Result<std::shared_ptr<void>> lock = co_await locking;
  if (!lock) co_return tl::unexpected(lock.error());
  if (is_complete(installation.folder)) co_return true;
  Task<Result<bool>> installing = install(context, std::move(installation));
  co_return co_await installing;
}

class PythonVenv final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "install the pinned Python packages, unless another project has"; }

  /// With the folder of an environment only where it is there.
  dsl::Fields foreseen(const engine::KnownInputs& known) const override {
    const auto requirements = known("requirements"), version = known("version");
    if (!requirements || !version) return {};
    const auto packages = read_lock_file(dsl::plain_text(*requirements));
    if (!packages) return {};  // the run tells
    Installation wanted{.requirements = dsl::plain_text(*requirements), .packages = *packages, .python = {}, .folder = {}, .digest = {}};
    if (!version->is_none()) wanted.python.version = dsl::plain_text(*version);
    return {{"env", handle_of(made_before(wanted).value_or(wanted))}};
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const std::string requirements = context.inputs().text("requirements");
    const auto packages = read_lock_file(requirements);
    if (!packages) co_return tl::unexpected(packages.error());
    std::string wanted = context.inputs().has("version") ? context.inputs().text("version") : std::string();
    Task<Result<Interpreter>> finding = find_python(context, std::move(wanted));
    const Result<Interpreter> python = co_await finding;
    if (!python) co_return tl::unexpected(python.error());
    const std::string digest = digest_of(*packages, python->version);
    const fs::path folder = folder_of(context.shared_cache_directory(), digest);
    const Installation installation{.requirements = requirements, .packages = *packages, .python = *python, .folder = folder, .digest = digest};
    Task<Result<bool>> bringing = bring_about(context, installation);
    if (const Result<bool> there = co_await bringing; !there) co_return tl::unexpected(there.error());
    warn_of_missing(context, installation);
    co_return engine::StageOutputs{{"env", handle_of(installation)}};
  }

  bool looks_around() const override { return true; }
  bool still_there(const dsl::Fields& outputs) const override {
    for (const auto& [name, value] : outputs) {
      if (name == "env" && !is_complete(python_environment(value).folder)) return false;
    }
    return true;
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("python", "venv", "Makes a Python environment from a file of pinned packages.")
          .doc("Every line of `requirements` pins a version (`name==version`), and the file names all packages that are needed: "
               "`uv pip compile` and `pip freeze` write such files. The packages are installed by uv, or by pip where uv is not to be "
               "had, into `$XDG_CACHE_HOME/sdlrun/python`, once for all projects of this machine that pin the same.")
          .example("step python = python.venv { requirements = \"requirements.txt\", version = \"3.11\" }")
          .input("requirements", "file", "The file of pinned packages.")
          .input("version", "string?", "The Python that they are for, such as \"3.11\"; none: any.", "none")
          .output("env", "python.environment", "The environment, for stages that run Python.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> python_venv_stage() { return std::make_unique<PythonVenv>(); }

}  // namespace sdlrun::stages
