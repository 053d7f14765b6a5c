// What Ctrl-C does to a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/run_view_choice.hpp"
#include "cli/terminal/key_question.hpp"
#include "engine/run/run.hpp"

namespace sdlrun::cli {

/// Once stops gently, twice at once; who still asks then is let go, and the guardian ends what is left. Where steps have something going on beyond this
/// machine, the first asks whether that is to be left there, if there is a terminal to ask at.
class StopBySignal {
 public:
  StopBySignal(engine::StopRequest& stop, engine::Processes& processes, RunViewInUse& view, bool may_ask) : stop_(stop), processes_(processes), view_(view), may_ask_(may_ask) {}

  void answer(int signal, int count);

 private:
  void ask(const std::vector<engine::OutsideInProgress>& outside);
  void stop_gently();

  engine::StopRequest& stop_;
  engine::Processes& processes_;
  RunViewInUse& view_;
  const bool may_ask_;
  std::optional<KeyQuestion> question_;  // declared last: what it calls is there until it has ended
};

/// "step `train`: spark.submit at https://…: leave it there (l), or end and remove it (r)? …"
std::string question_about(const std::vector<engine::OutsideInProgress>& outside);

}  // namespace sdlrun::cli
