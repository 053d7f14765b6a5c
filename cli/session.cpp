#include "cli/session.hpp"

#include "engine/cache/read_only_state.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

engine::Result<Session> open_session(const engine::Project& project, Access access, const Messages& messages) {
  Session session;
  session.files = std::make_unique<engine::RealFiles>();
  std::error_code problem;
  if (access == Access::read && !std::filesystem::exists(project.state_folder, problem)) {
    session.state = engine::memory_state();
  } else if (access == Access::read && engine::is_read_only(project.state_folder)) {
    auto state = engine::open_read_only_state(project.state_folder);
    if (!state) return tl::unexpected(state.error());
    session.state = std::move(*state);
  } else {
    std::vector<std::string> warnings;
    auto state = engine::open_state(project.state_folder, warnings);
    for (const std::string& warning : warnings) messages.warning(warning);
    if (!state) return tl::unexpected(state.error());
    session.state = std::move(*state);
  }
  session.store = std::make_unique<engine::Store>(project.state_folder, *session.files);
  session.digests = std::make_unique<engine::FileDigests>(*session.files, session.state->digest_memory());
  return session;
}

engine::OutsideRecords outside_records(const Session& session) { return {session.store->state_folder(), *session.files}; }

}  // namespace sdlrun::cli
