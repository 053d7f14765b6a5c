// What a registry's answer means, and what to do about it.
#pragma once

#include <string>

#include "engine/error.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::stages::image {

struct Attempt {
  std::string what = {};  // "push to `registry.example.com/team/imdb`"
  std::string host = {};
  bool has_credentials = false;
  bool is_push = false;
};

engine::Error refusal(const engine::HttpResponse& response, const Attempt& attempt);

/// What the registry itself says, a line each: "MANIFEST_UNKNOWN: manifest unknown".
std::string words_of(const std::string& body);

}  // namespace sdlrun::stages::image
