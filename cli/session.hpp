// A project's state as commands use it.
#pragma once

#include <memory>

#include "cli/messages.hpp"
#include "engine/cache/digest.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/outside/outside_records.hpp"
#include "engine/project/project.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::cli {

/// Its parts refer to each other, and stay where they are when it is moved.
struct Session {
  std::unique_ptr<engine::Files> files;
  std::unique_ptr<engine::State> state;
  std::unique_ptr<engine::Store> store;
  std::unique_ptr<engine::FileDigests> digests;
};

enum class Access {
  /// A project without state is taken as one that has not run anything, and no state is made.
  read,
  write,
};

engine::OutsideRecords outside_records(const Session& session);

/// Warnings about the state are said by `messages`.
engine::Result<Session> open_session(const engine::Project& project, Access access, const Messages& messages);

}  // namespace sdlrun::cli
