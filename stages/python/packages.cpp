#include <algorithm>
#include <fstream>

#include "engine/cache/digest.hpp"
#include "stages/python/environment.hpp"
#include "stages/python/install_error.hpp"
#include "stages/python/interpreters.hpp"
#include "stages/python/lock_file.hpp"
#include "stages/python/venv.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

/// What is to lie in the folder, and how uv is told so.
struct PackageSet {
  std::string requirements = {};
  std::vector<PinnedPackage> packages = {};
  std::string version = {};
  std::string platform = {};
  std::string uv_platform = {};
  std::string digest = {};
  fs::path folder = {};

  fs::path site_packages() const { return folder / "lib" / ("python" + version) / "site-packages"; }
};

/// Wheels for glibc 2.28 and later are what packages offer, and run on Debian 10, Ubuntu 20.04, RHEL 8 and all that came after.
Result<std::string> uv_platform(const std::string& platform) {
  if (platform == "linux/amd64") return "x86_64-manylinux_2_28";
  if (platform == "linux/arm64") return "aarch64-manylinux_2_28";
  return engine::failure("packages are found for linux/amd64 and linux/arm64, not for `" + platform + "`");
}

bool is_version(const std::string& text) {
  const std::size_t point = text.find('.');
  const auto is_number = [](const std::string& digits) { return !digits.empty() && digits.size() < 4 && digits.find_first_not_of("0123456789") == std::string::npos; };
  return point != std::string::npos && is_number(text.substr(0, point)) && is_number(text.substr(point + 1));
}

/// Leaves out what is not wanted; each of these must be there to be left out.
Result<void> leave_out(const std::vector<std::string>& names, const std::string& requirements, std::vector<PinnedPackage>& packages) {
  for (const std::string& name : names) {
    const auto left_out = std::erase_if(packages, [&](const PinnedPackage& package) { return package.name == name; });
    if (left_out == 0) return engine::failure(requirements + " pins no `" + name + "`, which `without` leaves out", "names are written in lower case, with `-`");
  }
  return {};
}

Result<PackageSet> wanted_packages(const engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  PackageSet set{.requirements = inputs.text("requirements"), .version = inputs.text("version"), .platform = inputs.text("platform")};
  if (!is_version(set.version)) return engine::failure("`" + set.version + "` is no version of Python", "such as \"3.10\"");
  auto platform = uv_platform(set.platform);
  if (!platform) return tl::unexpected(std::move(platform.error()));
  set.uv_platform = std::move(*platform);
  auto packages = read_lock_file(set.requirements);
  if (!packages) return tl::unexpected(std::move(packages.error()));
  set.packages = std::move(*packages);
  if (auto done = leave_out(inputs.texts("without"), set.requirements, set.packages); !done) return tl::unexpected(std::move(done.error()));
  set.digest = lock_digest(set.packages, "packages for " + set.platform + "\npython " + set.version);
  set.folder = context.shared_cache_directory() / "python" / set.digest.substr(0, 16);
  return set;
}

dsl::Value packages_handle(const PackageSet& set) {
  dsl::Fields packages;
  for (const PinnedPackage& package : set.packages) packages.emplace_back(package.name, dsl::Value::text(package.version));
  return dsl::Value::handle(python_packages_type, set.digest,
                            {{"folder", dsl::Value::text(set.folder.string())},
                             {"version", dsl::Value::text(set.version)},
                             {"requirements", dsl::Value::text(set.requirements)},
                             {"packages", dsl::Value::map(std::move(packages))},
                             {"platform", dsl::Value::text(set.platform)}});
}

/// All that is to lie in the folder does.
Result<bool> complete(const PackageSet& set) {
  std::error_code code;
  fs::create_directories(set.site_packages(), code);
  std::ofstream marker(set.folder / complete_marker);
  marker << "[]";
  marker.close();
  if (!marker) return engine::failure("cannot write to " + set.folder.string(), "is the disk full?");
  return true;
}

Task<Result<bool>> install(engine::StageContext& context, fs::path uv, fs::path python, PackageSet set) {
  std::error_code code;
  fs::remove_all(set.folder, code);  // what a killed run left
  fs::create_directories(set.site_packages(), code);
  const fs::path pins = context.scratch_directory() / "pins.txt";
  std::ofstream file(pins);
  for (const PinnedPackage& package : set.packages) file << package.name << "==" << package.version << '\n';
  file.close();
  context.progress("installing " + std::to_string(set.packages.size()) + " packages");
  std::vector<std::string> command = {uv.string(),         "pip",     "install",  "--no-deps", "--python", python.string(), "--python-version",
                                      set.version,         "--python-platform", set.uv_platform, "--target", set.site_packages().string(), "-r",
                                      pins.string()};
  Task<Result<engine::ProcessResult>> running = run_tool(context, std::move(command));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (result->stopped) co_return engine::failure("the installation was stopped");
  if (!result->success()) co_return tl::unexpected(install_error(context.log_tail(20), set.requirements, set.packages));
  co_return complete(set);
}

Task<Result<bool>> bring_about_packages(engine::StageContext& context, PackageSet set) {
  if (fs::exists(set.folder / complete_marker)) co_return true;
  if (set.packages.empty()) co_return complete(set);
  Task<Result<Interpreter>> finding = find_python(context, std::string());
  const Result<Interpreter> python = co_await finding;
  if (!python) co_return tl::unexpected(python.error());
  fs::path program = python->program;
  Task<fs::path> finding_uv = find_uv(context, std::move(program));
  fs::path uv = co_await finding_uv;
  if (uv.empty()) co_return engine::failure("packages for another Python are installed by uv, which is not here and could not be fetched", "`pip install uv`, and put it on the PATH");
  std::string section = "python-" + set.folder.filename().string();
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  const Result<std::shared_ptr<void>> lock = co_await locking;
  if (!lock) co_return tl::unexpected(lock.error());
  if (fs::exists(set.folder / complete_marker)) co_return true;
  fs::path interpreter = python->program;
  Task<Result<bool>> installing = install(context, std::move(uv), std::move(interpreter), std::move(set));
  co_return co_await installing;
}

class PythonPackages final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "install the pinned packages for another Python, unless another project has"; }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const Result<PackageSet> set = wanted_packages(context);
    if (!set) co_return tl::unexpected(set.error());
    PackageSet wanted = *set;
    Task<Result<bool>> bringing = bring_about_packages(context, std::move(wanted));
    if (const Result<bool> there = co_await bringing; !there) co_return tl::unexpected(there.error());
    co_return engine::StageOutputs{{"packages", packages_handle(*set)}};
  }

  bool looks_around() const override { return true; }
  bool still_there(const dsl::Fields& outputs) const override {
    return std::all_of(outputs.begin(), outputs.end(), [](const auto& output) { return fs::exists(python_environment(output.second).folder / complete_marker); });
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("python", "packages", "Installs pinned packages for a Python that need not be on this machine.")
          .doc("For images: their Python may be another version, on another processor. `requirements` is a file as `python.venv` takes it; what the "
               "image has already, such as Spark's own `pyspark`, is left out by `without`. Packages without a wheel for that Python are made by "
               "the one of this machine, which suits those that are Python only. Once for all projects of this machine, in "
               "`$XDG_CACHE_HOME/sdlrun/python`.")
          .example("step packages = python.packages { requirements = \"requirements.txt\", version = \"3.10\", without = [\"pyspark\"] }")
          .input("requirements", "file", "The file of pinned packages.")
          .input("version", "string", "The Python that they are for, such as \"3.10\".")
          .input("platform", "string", "The system and processor that they are for.", "\"linux/amd64\"")
          .input("without", "[string]", "Packages of the file that are left out.", "[]")
          .output("packages", python_packages_type, "The packages, for `image.build`.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> python_packages_stage() { return std::make_unique<PythonPackages>(); }

}  // namespace sdlrun::stages
