// The objects of an artifact store.
#pragma once

#include <nlohmann/json.hpp>

#include "stages/kubernetes/artifacts/artifact_store.hpp"

namespace sdlrun::stages::kubernetes {

inline constexpr int store_port = 7080;
inline constexpr const char* carry_program = "/opt/sdlrun/carry.py";

nlohmann::json store_secret(const std::string& space, const std::string& token);
/// Its programs, and those of jobs that ask it.
nlohmann::json store_programs(const std::string& space);
nlohmann::json store_service(const std::string& space);
nlohmann::json store_pod(const StoreWish& wish);

/// For a Pod that runs one of the programs.
nlohmann::json programs_volume();
nlohmann::json programs_mount();
/// The store's token, from its Secret.
nlohmann::json token_variable();
/// What such a program needs of a node.
nlohmann::json small_resources();
/// It needs no more rights than any program has.
nlohmann::json few_rights();

}  // namespace sdlrun::stages::kubernetes
