// Many tasks, some at a time.
#pragma once

#include <cstddef>
#include <functional>

#include "engine/error.hpp"
#include "engine/task/task.hpp"

namespace sdlrun::engine {

/// Awaits `work(0)` to `work(count - 1)`, at most `lanes` of them at once, on whatever threads they go on. After one that
/// gives false or an error none is begun any more. Gives the first error, else whether all gave true.
Task<Result<bool>> in_lanes(std::size_t count, std::size_t lanes, std::function<Task<Result<bool>>(std::size_t)> work);

}  // namespace sdlrun::engine
