// A step whose result is recorded, and whose stage looks first whether what it made outside is still there.
#include <utility>

#include "engine/run/cached_step.hpp"
#include "engine/run/step_execution.hpp"

namespace sdlrun::engine {

void StepExecution::look_outside() {
  if (auto ready = context_->prepare(decision_.environment); !ready) {
    result_ = tl::unexpected(std::move(ready.error()));
    return;
  }
  begin_timeout();
  context_->operations().begin();
  const Stage& stage = *run_.stages.find(*node().schema);  // by it the decision was made
  engine::start<Result<bool>>(stage.is_still_outside(*context_, decision_.to_confirm->outputs), [this](Result<bool> is_there) {
    has_looked_outside(is_there);
    context_->operations().end();
  });
}

void StepExecution::has_looked_outside(const Result<bool>& is_there) {
  is_confirmed_ = is_there && *is_there && is_result_kept();
  if (is_confirmed_) return;
  say_that_it_started(is_there ? decision_.reason : "looks whether what it made is still there");
  if (!is_there) {
    result_ = tl::unexpected(is_there.error());
  } else if (was_stopped_) {
    result_ = failure("stopped");
  } else {
    // Another attempt is to run it, not to look again.
    decision_.to_confirm.reset();
    begin_task();
  }
}

/// `sdlrun gc` may have taken it since the decision.
bool StepExecution::is_result_kept() {
  return hold_off_collection() && run_.state.find_result(decision_.key.hex);
}

void StepExecution::conclude_confirmed() {
  const auto recorded = record_cached(run_, step_, decision_, *decision_.to_confirm, "what it made is still there");
  if (!recorded) return conclude(StepOutcome::failed, tl::unexpected(recorded.error()));
  no_collection_.reset();
  callbacks_.ended(end_as_cached(run_, step_, *decision_.to_confirm, /*from_shared_cache=*/false));
  run_.workers.post([self = shared_from_this()] { self->context_->remove_directories(); });
}

}  // namespace sdlrun::engine
