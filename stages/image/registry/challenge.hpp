// What a registry wants to know of us: the header `WWW-Authenticate` of an answer 401.
#pragma once

#include <optional>
#include <string>

#include "engine/world/remote.hpp"

namespace sdlrun::stages::image {

struct Challenge {
  bool is_bearer = false;  // else Basic
  std::string realm = {};  // of Bearer: where tokens are had
  std::string service = {};
  std::string scope = {};
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// Bearer where both are offered; nothing where neither is.
std::optional<Challenge> challenge_in(const engine::HttpResponse& response);

}  // namespace sdlrun::stages::image
