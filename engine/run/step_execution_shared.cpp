// A step and the shared cache: asked before the first attempt, given what the step has made.
#include <utility>

#include "engine/run/cached_step.hpp"
#include "engine/run/shared_cache.hpp"
#include "engine/run/step_execution.hpp"

namespace sdlrun::engine {

namespace {

/// What is fetched in no time is not worth two lines.
constexpr std::uint64_t large_download = 5'000'000;

}  // namespace

void StepExecution::ask_shared_cache() {
  StepContext* const context = context_.get();
  HttpCaller call = [context](HttpRequest request) { return context->http(std::move(request)); };
  std::function<void(std::uint64_t)> on_found = [this](std::uint64_t bytes) {
    if (bytes >= large_download) say_that_it_started("fetching " + std::to_string(bytes / 1'000'000) + " MB from the shared cache");
  };
  context->operations().begin();
  Task<SharedCache::Answer> asking = run_.shared_cache->ask(node(), decision_.key.hex, std::move(call), std::move(on_found));
  engine::start<SharedCache::Answer>(std::move(asking), [this](SharedCache::Answer answer) {
    may_offer_ = answer.may_offer;
    fetched_ = std::move(answer.result);
    if (fetched_ && !is_kept(*fetched_)) fetched_.reset();
    if (!fetched_) run_instead();
    context_->operations().end();
  });
}

/// Between its being published and now, `sdlrun gc` may have found it to be nobody's.
bool StepExecution::is_kept(const StepResult& fetched) {
  return hold_off_collection() && run_.store.is_intact(fetched.outputs, /*verify_content=*/false);
}

void StepExecution::run_instead() {
  no_collection_.reset();
  started_ = run_.world.clock.monotonic();
  if (!was_stopped_) return begin_attempt();
  result_ = failure("stopped");
}

/// What a step that has read a secret leaves is nobody else's.
std::optional<StepResult> StepExecution::to_offer(StepOutcome outcome, const Result<dsl::Fields>& outputs) const {
  if (!may_offer_ || outcome != StepOutcome::ran || !outputs || !context_->secrets().texts().empty()) return std::nullopt;
  return StepResult{decision_.key.hex, *outputs, context_->warnings(), duration_};
}

void StepExecution::conclude_fetched() {
  const auto recorded = run_.state.record_result(*fetched_).and_then([&] {
    return record_cached(run_, step_, decision_, *fetched_, "its result was in the shared cache");
  });
  if (!recorded) return conclude(StepOutcome::failed, tl::unexpected(recorded.error()));
  no_collection_.reset();
  callbacks_.ended(end_as_cached(run_, step_, *fetched_, /*from_shared_cache=*/true));
}

}  // namespace sdlrun::engine
