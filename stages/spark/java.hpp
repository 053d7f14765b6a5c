// Finds the Java that Spark needs.
#pragma once

#include <filesystem>
#include <string>

#include "engine/error.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// A folder for JAVA_HOME with Java 17 or newer: that of JAVA_HOME, of the java on the PATH, or one below /usr/lib/jvm. The
/// error says what was found instead and how to install one.
engine::Result<std::filesystem::path> find_java(const engine::Environment& environment);

}  // namespace sdlrun::stages
