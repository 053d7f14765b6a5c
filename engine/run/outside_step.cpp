#include "engine/run/outside_step.hpp"

#include <algorithm>
#include <utility>

namespace sdlrun::engine {

namespace {

Error with_hint(Error error, const std::string& hint) {
  error.hint += (error.hint.empty() ? "" : "; ") + hint;
  return error;
}

}  // namespace

Task<Result<std::string>> OutsideStep::run() {
  Task<Result<bool>> removing = remove_what_is_left();
  const Result<bool> removed = co_await removing;
  if (!removed) co_return tl::unexpected(removed.error());
  if (auto taken = take_record(); !taken) co_return tl::unexpected(std::move(taken.error()));
  Task<Result<bool>> starting = start_or_take_over();
  const Result<bool> started = co_await starting;
  Result<OutsideEnd> end = OutsideEnd{};
  if (!started) {
    end = tl::unexpected(started.error());
  } else if (surroundings_.stopping()) {
    end = failure("stopped");
  } else {
    Task<Result<OutsideEnd>> following = work_.follow(record_.handle);
    end = co_await following;
  }
  if (!end) {
    Task<bool> waiting = surroundings_.await_stop();
    co_await waiting;
  }
  Task<Result<std::string>> concluding = conclude(std::move(end));
  co_return co_await concluding;
}

std::string OutsideStep::what_it_is(const OutsideRecord& record) const {
  return '`' + record.name + "` (" + record.kind + " at " + record.place + ')';
}

Result<void> OutsideStep::record_as(OutsideState state, std::string note) {
  record_.state = state;
  record_.note = std::move(note);
  is_recorded_ = true;
  return records_.write(record_);
}

// ---- the beginning -------------------------------------------------------------------------------------------------

Task<Result<bool>> OutsideStep::remove_what_is_left() {
  const auto known = records_.of(surroundings_.begun.key, work_.kind());
  if (!known) co_return tl::unexpected(known.error());
  for (const OutsideRecord& record : *known) {
    if (record.state != OutsideState::failed && record.state != OutsideState::given_up) continue;
    Task<Result<bool>> removing = record.state == OutsideState::failed ? remove_failed(record) : remove_given_up(record);
    const Result<bool> removed = co_await removing;
    if (!removed) co_return tl::unexpected(removed.error());
  }
  co_return true;
}

/// It has ended by itself: nothing speaks against another, even where it cannot be taken away.
Task<Result<bool>> OutsideStep::remove_failed(OutsideRecord record) {
  Task<Result<bool>> removing = work_.remove(record.name);
  const Result<bool> removed = co_await removing;
  if (!removed) surroundings_.log("could not remove " + what_it_is(record) + ", which has failed: " + removed.error().message);
  const auto settled = records_.settle(record, record.note);
  if (!settled) co_return tl::unexpected(settled.error());
  co_return true;
}

/// While it may run, no other is started.
Task<Result<bool>> OutsideStep::remove_given_up(OutsideRecord record) {
  Task<Result<bool>> removing = work_.remove(record.name);
  const Result<bool> removed = co_await removing;
  if (!removed) {
    Error error = removed.error();
    error.message = "could not remove " + what_it_is(record) + ", which may still run: " + error.message;
    co_return tl::unexpected(with_hint(std::move(error), "or end it there yourself, and say `sdlrun clean --outside " + record.name + "`"));
  }
  const auto settled = records_.settle(record, record.note);
  if (!settled) co_return tl::unexpected(settled.error());
  co_return *removed;
}

Result<void> OutsideStep::take_record() {
  const auto known = records_.of(surroundings_.begun.key, work_.kind());
  if (!known) return tl::unexpected(known.error());
  const auto open = std::find_if(known->rbegin(), known->rend(), [](const auto& record) { return record.is_to_be_taken_over(); });
  if (open != known->rend()) {
    record_ = *open;
    is_recorded_ = true;
    return {};
  }
  record_ = surroundings_.begun;
  record_.kind = work_.kind();
  record_.place = work_.place();
  record_.attempt = known->empty() ? 1 : known->back().attempt + 1;
  auto name = records_.name(record_.key, record_.kind, record_.attempt);
  if (!name) return tl::unexpected(std::move(name.error()));
  record_.name = std::move(*name);
  return {};
}

Task<Result<bool>> OutsideStep::start_or_take_over() {
  Task<Result<std::optional<std::string>>> finding = work_.find(record_.name);
  const Result<std::optional<std::string>> found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  if (!found->has_value()) {
    if (record_.state == OutsideState::intended) {
      Task<Result<bool>> starting = start();
      co_return co_await starting;
    }
    const auto settled = records_.settle(record_, "it was gone when it was looked for");
    if (!settled) co_return tl::unexpected(settled.error());
    record_.state = OutsideState::settled;
    co_return failure(what_it_is(record_) + " was started by run " + record_.run + ", and is gone: whether it has done its work is not known",
                      "look there for what it has left; the next attempt or run starts another");
  }
  surroundings_.log("takes over " + what_it_is(record_) + ", started by run " + record_.run);
  if (record_.state != OutsideState::intended && record_.handle == **found) co_return true;
  record_.handle = **found;
  const OutsideState state = record_.state == OutsideState::intended ? OutsideState::started : record_.state;
  if (auto recorded = record_as(state, ""); !recorded) co_return tl::unexpected(std::move(recorded.error()));
  co_return true;
}

Task<Result<bool>> OutsideStep::start() {
  if (surroundings_.stopping()) co_return failure("stopped");
  if (auto recorded = record_as(OutsideState::intended, ""); !recorded) co_return tl::unexpected(std::move(recorded.error()));
  Task<Result<OutsideStart>> starting = work_.start(record_.name);
  Result<OutsideStart> answer = co_await starting;
  if (answer && answer->refusal) {
    const auto settled = records_.settle(record_, "it was refused");
    record_.state = OutsideState::settled;
    co_return tl::unexpected(settled ? *answer->refusal : settled.error());
  }
  // An answer that was lost says nothing of the request, and one that says "already there" does not say what is there.
  if ((!answer || !answer->handle) && !surroundings_.stopping()) {
    Task<Result<std::optional<std::string>>> finding = work_.find(record_.name);
    Result<std::optional<std::string>> found = co_await finding;
    if (found && found->has_value()) answer = OutsideStart{.handle = std::move(*found)};
  }
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->handle) co_return failure(what_it_is(record_) + " is said to be there already, and is not found", "look there for what bears this name");
  record_.handle = *answer->handle;
  surroundings_.log("started " + what_it_is(record_));
  if (auto recorded = record_as(OutsideState::started, ""); !recorded) co_return tl::unexpected(std::move(recorded.error()));
  co_return true;
}

// ---- the end -------------------------------------------------------------------------------------------------------

Task<Result<std::string>> OutsideStep::conclude(Result<OutsideEnd> end) {
  if (!end && (!is_recorded_ || record_.state == OutsideState::settled)) co_return tl::unexpected(std::move(end.error()));
  if (!end && surroundings_.stopping()) {
    Task<Result<std::string>> ending = end_early(std::move(end.error()));
    co_return co_await ending;
  }
  if (!end) {
    co_return tl::unexpected(with_hint(std::move(end.error()), "`" + record_.name + "` " + std::string(state_text(record_.state)) + " at " + record_.place +
                                                                   ": the next attempt or run looks for it, and takes it over"));
  }
  if (!end->failure) {
    if (auto recorded = record_as(OutsideState::succeeded, ""); !recorded) co_return tl::unexpected(std::move(recorded.error()));
    co_return record_.name;
  }
  exit_code_ = end->exit_code;
  if (auto recorded = record_as(OutsideState::failed, end->failure->message); !recorded) co_return tl::unexpected(std::move(recorded.error()));
  if (surroundings_.stopping() && !surroundings_.allow_ending()) co_return tl::unexpected(*end->failure);
  Task<Result<bool>> removing = remove_failed(record_);
  const Result<bool> removed = co_await removing;
  if (!removed) co_return tl::unexpected(removed.error());
  co_return tl::unexpected(*end->failure);
}

/// The step is to stop, and the thing may run.
Task<Result<std::string>> OutsideStep::end_early(Error error) {
  const std::string why = surroundings_.has_timed_out() ? "it took longer than the step's timeout" : "the run was interrupted";
  const bool leaves = !surroundings_.has_timed_out() && surroundings_.wish().value_or(work_.when_stopped()) == WhenStopped::leave;
  if (leaves || !surroundings_.allow_ending()) {
    static_cast<void>(record_as(record_.state, "left where it is: " + why));
    surroundings_.note({.is_warning = !leaves,
                        .text = what_it_is(record_) + (record_.state == OutsideState::intended ? " may go on" : " goes on"),
                        .hint = "the next run takes it over"});
    co_return tl::unexpected(std::move(error));
  }
  const bool is_uncertain = record_.state == OutsideState::intended;
  if (auto recorded = record_as(OutsideState::given_up, why); !recorded) co_return tl::unexpected(std::move(recorded.error()));
  Task<Result<bool>> removing = work_.remove(record_.name);
  const Result<bool> removed = co_await removing;
  if (!removed) {
    surroundings_.note({.is_warning = true,
                        .text = what_it_is(record_) + " could not be removed and may go on: " + removed.error().message,
                        .hint = "the next run of the step tries again"});
  } else if (*removed || !is_uncertain) {
    static_cast<void>(records_.settle(record_, why));
  }
  // A request that was not answered may still be on its way: the next attempt or run removes what has come of it by then.
  co_return tl::unexpected(std::move(error));
}

}  // namespace sdlrun::engine
