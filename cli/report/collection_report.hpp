// What `sdlrun gc` has taken away and what stays, for people and for programs.
#pragma once

#include <string>

#include "engine/cache/collect/collection.hpp"

namespace sdlrun::cli {

std::string collection_text(const engine::CollectionReport& report, const engine::CollectionPolicy& policy);
std::string collection_json(const engine::CollectionReport& report, const engine::CollectionPolicy& policy);

}  // namespace sdlrun::cli
