// The packages of a Python environment as a layer: what the lock file has decided, without what only this machine has.
#pragma once

#include <string>

#include "stages/image/layer/layer_entries.hpp"
#include "stages/python/environment.hpp"

namespace sdlrun::stages::image {

/// Where they lie in the image, without the slash before it: "opt/python/lib/python3.11/site-packages".
std::string packages_place(const PythonEnvironment& python);

/// Whether a file below site-packages is a package's own: not compiled here, not written by the installer, and of no package
/// that came with the environment.
bool is_packaged(const std::string& below, const PythonEnvironment& python);

/// Whether they are for the system and processor of the image.
engine::Result<void> check_platform(const PythonEnvironment& python, const Platform& wanted);

/// Goes through the whole environment.
engine::Result<LayerEntries> package_entries(const engine::Files& files, const PythonEnvironment& python);

}  // namespace sdlrun::stages::image
