#include "engine/run/secrets_ahead.hpp"

#include <algorithm>

#include "engine/plan/lacking_secrets.hpp"
#include "engine/plan/needed_nodes.hpp"

namespace sdlrun::engine {

/// A secret that is not there, and all that the steps which want it wait for.
struct SecretsAhead::Wanted {
  LackingSecret secret;
  std::vector<bool> before;
};

SecretsAhead::SecretsAhead(const RunContext& run) : run_(run) {}
SecretsAhead::~SecretsAhead() = default;

/// Not before a step runs: a run that has nothing to do needs no secret, and looks at none.
std::vector<SecretsAhead::Wanted> SecretsAhead::find() const {
  const auto still = dsl::hold_still(run_.pipeline);
  const Secrets secrets(run_.options.user_environment, run_.world.files, run_.store.state_folder());
  std::vector<Wanted> all;
  for (LackingSecret& secret : lacking_secrets(run_.pipeline, needed_nodes(run_.pipeline, run_.options.goals), secrets)) {
    std::vector<bool> before = needed_nodes(run_.pipeline, secret.wanted_by);
    for (const dsl::NodeId step : secret.wanted_by) before[dsl::index_of(step)] = false;
    all.push_back({std::move(secret), std::move(before)});
  }
  return all;
}

void SecretsAhead::warn_behind(dsl::NodeId step) {
  const std::lock_guard lock(mutex_);
  if (!has_looked_) wanted_ = find();
  has_looked_ = true;
  std::erase_if(wanted_, [&](const Wanted& wanted) {
    const std::size_t index = dsl::index_of(step);
    // One that begins without its secret says so itself.
    if (std::find(wanted.secret.wanted_by.begin(), wanted.secret.wanted_by.end(), step) != wanted.secret.wanted_by.end()) return true;
    if (index >= wanted.before.size() || !wanted.before[index]) return false;
    run_.events.emit(RunNoted{.is_warning = true, .text = lacking_secret_text(run_.pipeline, wanted.secret), .hint = wanted.secret.error.hint});
    return true;
  });
}

}  // namespace sdlrun::engine
