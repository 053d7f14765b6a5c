#include "stages/image/package_layer.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

namespace sdlrun::stages::image {

namespace {

/// What `python -m venv` and uv put into each environment.
constexpr std::array<std::string_view, 6> of_environments = {"pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth", "_virtualenv"};
/// Who installed it, from where, and where its programs are: other on each machine.
constexpr std::array<std::string_view, 6> of_installers = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"};

engine::Result<Platform> machine() {
  utsname name{};
  uname(&name);
  const std::string architecture = name.machine;
  return Platform{.os = "linux", .architecture = architecture == "x86_64" ? "amd64" : architecture == "aarch64" ? "arm64" : architecture};
}

/// Whether a name at the top is of a package: "pip", "pip-23.0.1.dist-info", "_virtualenv.py".
bool is_of(std::string_view name, std::string_view package) {
  if (!name.starts_with(package)) return false;
  const std::string_view rest = name.substr(package.size());
  return rest.empty() || rest.front() == '-' || rest.front() == '.';
}

}  // namespace

std::string packages_place(const PythonEnvironment& python) { return "opt/python/lib/python" + python.version + "/site-packages"; }

bool is_packaged(const std::string& below, const PythonEnvironment& python) {
  const std::string top = below.substr(0, below.find('/')), name = below.substr(below.rfind('/') + 1);
  if (name == "__pycache__" || name.ends_with(".pyc")) return false;
  // uv's own, and programs that begin with the name of this machine's Python, where it has put packages for another.
  if (!python.platform.empty() && (top == "bin" || below == ".lock")) return false;
  const bool is_pinned = !python.package_version("setuptools").empty();
  const bool came_along = std::any_of(of_environments.begin(), of_environments.end(), [&](std::string_view each) { return is_of(top, each); });
  const bool is_pip = is_of(top, "pip") && !python.package_version("pip").empty();
  if (came_along && !is_pip && (!is_pinned || is_of(top, "pip") || is_of(top, "_virtualenv"))) return false;
  const bool is_at_top_of_info = top.ends_with(".dist-info") && below == top + '/' + name;
  return !is_at_top_of_info || std::find(of_installers.begin(), of_installers.end(), name) == of_installers.end();
}

engine::Result<void> check_platform(const PythonEnvironment& python, const Platform& wanted) {
  const auto offered = python.platform.empty() ? machine() : parse_platform(python.platform);
  if (!offered) return tl::unexpected(offered.error());
  if (!serves(*offered, wanted)) {
    return engine::failure("the Python packages are for " + platform_text(*offered) + ", and the image for " + platform_text(wanted),
                           "packages hold programs of one machine: take them from `python.packages { platform = \"" + platform_text(wanted) + "\", … }`, or say another `platform`");
  }
  return {};
}

engine::Result<LayerEntries> package_entries(const engine::Files& files, const PythonEnvironment& python) {
  LayerEntries entries;
  auto added = add_entries(files, python.site_packages(), packages_place(python), entries, [&](const std::string& below) { return is_packaged(below, python); });
  if (!added) return tl::unexpected(std::move(added.error()));
  return entries;
}

}  // namespace sdlrun::stages::image
