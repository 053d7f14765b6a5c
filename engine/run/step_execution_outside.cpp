// A step whose kept result may have been overtaken outside, such as an image whose tag has moved: somebody is asked, in the
// step's slot, before the result is believed.
#include <utility>

#include "engine/run/step_execution.hpp"

namespace sdlrun::engine {

bool StepExecution::asks_outside() const {
  const Stage* stage = run_.stages.find(*node().schema);
  return stage != nullptr && stage->asks_outside(decision_.inputs);
}

void StepExecution::ask_outside() {
  if (auto ready = context_->prepare(decision_.environment); !ready) {
    result_ = tl::unexpected(std::move(ready.error()));
    return;
  }
  begin_timeout();
  context_->operations().begin();
  Task<std::optional<std::string>> asking = run_.stages.find(*node().schema)->changed_outside(*context_, decision_.cached->outputs);
  engine::start<std::optional<std::string>>(std::move(asking), [this](std::optional<std::string> change) {
    take_answer_of_outside(std::move(change));
    context_->operations().end();
  });
}

void StepExecution::take_answer_of_outside(std::optional<std::string> change) {
  if (was_stopped_) {
    result_ = failure("stopped");
    return;
  }
  still_holds_ = !change.has_value();
  if (still_holds_) return;
  decision_.cached.reset();
  decision_.reason = std::move(*change);
  say_that_it_started(decision_.reason);
  started_ = run_.world.clock.monotonic();
  begin_task();
}

void StepExecution::conclude_still_cached() {
  still_holds_ = false;
  for (std::string& warning : context_->warnings()) decision_.cached->warnings.push_back(std::move(warning));
  auto taken = callbacks_.take_from_cache(std::move(decision_));
  context_->remove_directories();
  if (const StepEnd* end = std::get_if<StepEnd>(&taken)) return callbacks_.ended(*end);
  decision_ = std::move(std::get<StepDecision>(taken));
  make_context();
  const std::shared_ptr<StepContext> context = context_;
  context->operations().begin();
  begin_attempt();
  context->operations().end();
}

}  // namespace sdlrun::engine
