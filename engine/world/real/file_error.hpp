// What the operating system said about a file, in words.
#pragma once

#include <filesystem>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::engine {

/// "cannot write `a/b`: no space left on device", with a hint where there is one to give. `number` is an errno.
Error file_error(std::string_view action, const std::filesystem::path& path, int number);

inline tl::unexpected<Error> file_failure(std::string_view action, const std::filesystem::path& path, int number) {
  return tl::unexpected<Error>(file_error(action, path, number));
}

}  // namespace sdlrun::engine
