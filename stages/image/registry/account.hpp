// The inputs that stages have to say who they are to a registry: `username`, `password`, `insecure`.
#pragma once

#include "engine/stage/stage.hpp"
#include "stages/image/registry/registry.hpp"

namespace sdlrun::stages::image {

engine::Result<RegistryAccess> access_of(engine::StageContext& context, const std::string& host);

inline constexpr const char* username_doc = "Who we are to the registry; none: as `docker login` has left it.";
inline constexpr const char* password_doc = "The password, or a token in its place.";
inline constexpr const char* insecure_doc = "Whether the registry may be spoken to without TLS. On this machine it always may.";

}  // namespace sdlrun::stages::image
