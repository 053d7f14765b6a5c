// The environment that a process of this machine began with, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace sdlrun::engine {

/// Each variable is followed by a zero byte, and one stands before the first; hardly anything where we may not look.
std::string environment_of_process(pid_t pid);

/// The value of a variable in such a text.
std::optional<std::string> value_in(const std::string& environment, std::string_view variable);

}  // namespace sdlrun::engine
