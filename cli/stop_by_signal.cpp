#include "cli/stop_by_signal.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "cli/exit_code.hpp"

namespace sdlrun::cli {

namespace {

constexpr engine::Milliseconds time_to_end(10'000);
constexpr engine::Milliseconds time_to_answer(10'000);

}  // namespace

void StopBySignal::answer(int signal, int count) {
  if (count > 2) {
    question_.reset();  // the terminal is as it was
    std::_Exit(exit_code::interrupted);
  }
  if (count == 1) {
    const std::vector<engine::OutsideInProgress> outside = stop_.outside_now->all();
    return signal == SIGINT && may_ask_ && !outside.empty() && KeyQuestion::may_be_asked() ? ask(outside) : stop_gently();
  }
  if (question_) question_->cancel();
  stop_.at_once = true;
  stop_.requested = true;
  stop_.requested.notify_all();
  processes_.stop_all(engine::Milliseconds(0));
  view_.note("ending them at once");
}

void StopBySignal::ask(const std::vector<engine::OutsideInProgress>& outside) {
  view_.note(question_about(outside));
  question_.emplace("lr", time_to_answer, [this](std::optional<char> key) {
    if (key) stop_.outside = key == 'l' ? engine::WhenStopped::leave : engine::WhenStopped::remove;
    stop_gently();
  });
}

void StopBySignal::stop_gently() {
  stop_.requested = true;
  stop_.requested.notify_all();
  processes_.stop_all(time_to_end);
  view_.note("stopping the running steps; what has finished is kept (once more: at once)");
}

std::string question_about(const std::vector<engine::OutsideInProgress>& outside) {
  std::string text;
  for (const engine::OutsideInProgress& each : outside) text += "step `" + each.step + "`: " + each.kind + " at " + each.place + " goes on\n";
  const auto leaves = [](const engine::OutsideInProgress& each) { return each.when_stopped == engine::WhenStopped::leave; };
  const bool all = std::all_of(outside.begin(), outside.end(), leaves), none = std::none_of(outside.begin(), outside.end(), leaves);
  const std::string otherwise = all ? "leave" : none ? "remove" : "as each step says";
  return text + (outside.size() == 1 ? "leave it there (l), or remove it (r)?" : "leave them there (l), or remove them (r)?") + " In 10 s: " + otherwise + "; Ctrl-C again: end at once, and leave";
}

}  // namespace sdlrun::cli
