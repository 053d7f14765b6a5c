// Which answers of a server are worth asking for again, and when.
#pragma once

#include <string>
#include <string_view>

#include "engine/world/remote.hpp"

namespace sdlrun::engine {

/// The first header of this name, which is in lower case; empty where there is none.
std::string header_of(const HttpResponse& response, std::string_view name);

/// Whether the same request may be answered otherwise a moment later.
bool is_worth_another_try(int status);

/// What the answer asks to wait (Retry-After in seconds, at most 60), else twice as long each time, beginning with half a
/// second. `attempt` counts from 0.
Milliseconds pause_before(int attempt, const Result<HttpResponse>& response);

}  // namespace sdlrun::engine
