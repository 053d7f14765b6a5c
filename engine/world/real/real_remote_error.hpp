// Why a call got no answer, in words.
#pragma once

#include <curl/curl.h>

#include <string>

#include "engine/error.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

/// `detail` is libcurl's own text.
Error call_error(CURLcode code, const HttpRequest& request, const std::string& detail);

Error stopped_call_error();

}  // namespace sdlrun::engine
