// Many ids in few bytes: "1-10000,10002", as those of the steps of one run mostly follow each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::engine {

/// Sorted, each once; positive.
std::string id_ranges(std::vector<std::int64_t> ids);
/// What is no such text gives what could be read before it.
std::vector<std::int64_t> ids_in(std::string_view ranges);

}  // namespace sdlrun::engine
