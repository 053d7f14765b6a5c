// Putting a result into a shared cache: contents first, so that an entry never speaks of what is not there.
#pragma once

#include "engine/cache/shared/fetch.hpp"
#include "engine/cache/shared/shared_entry.hpp"

namespace sdlrun::engine {

struct Uploading {
  const CacheServer& server;
  const SpoiledBlobs& spoiled;
  HttpCaller call;
  SharedEntry entry;
  std::filesystem::path outputs_folder;
};

/// Contents that are there already are left out. True when all is there, false for what is too large to be shared; the
/// error is what the server, or the way to it, has said.
Task<Result<bool>> upload_shared(Uploading uploading);

}  // namespace sdlrun::engine
