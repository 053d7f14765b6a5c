// Exactly once outside: how a step has one thing done beyond this machine, whatever ends the engine on the way.
//
//   1. What earlier attempts have left to be removed is removed.
//   2. The newest record that is not settled gives the name; where there is none, it is that of the next number.
//   3. The name is looked for, and what is found is taken over. Only where nothing is there, and no answer has ever said that
//      it was started, the intent is written, and once it is on the disk the request goes out; "already there" is an answer
//      like any other.
//   4. The handle is recorded, and the thing followed to its end, which is recorded too.
//   5. Failed: it is removed, the record is settled, and another attempt has another number, and so another name.
//      Done: the record is settled once the step's result is known to be on the disk (engine/run/outside_open.hpp).
//
// Killed between any two of these, the next run begins anew with what the record says. Where the other side cannot be asked,
// the step fails and the record stays as it is.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/outside/outside_records.hpp"
#include "engine/outside/outside_work.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::engine {

/// The step that does so, as far as the protocol has to know it.
struct OutsideSurroundings {
  OutsideRecord begun = {};  // a new record, but for name, number, kind and place
  std::function<bool()> stopping = {};
  /// Where the run is about to stop the step, waits until it has.
  std::function<Task<bool>()> await_stop = {};
  std::function<bool()> has_timed_out = {};
  /// What whoever stops the run wants to become of the thing; nothing: what the work says.
  std::function<std::optional<WhenStopped>()> wish = [] { return std::nullopt; };
  /// Lets calls and pauses go on for a while though the step is stopping; false where all is to end at once.
  std::function<bool()> allow_ending = {};
  std::function<void(std::string)> log = {};
  std::function<void(RunNoted)> note = {};
};

class OutsideStep {
 public:
  OutsideStep(OutsideRecords records, OutsideWork& work, OutsideSurroundings surroundings)
      : records_(std::move(records)), work_(work), surroundings_(std::move(surroundings)) {}

  /// Gives the name of what has done its work.
  Task<Result<std::string>> run();
  const OutsideRecord& record() const { return record_; }
  /// Of what has failed; 0 where it is not known.
  int exit_code() const { return exit_code_; }

 private:
  Task<Result<bool>> remove_what_is_left();
  Result<void> take_record();
  Task<Result<bool>> start_or_take_over();
  Task<Result<bool>> start();
  Task<Result<bool>> remove_failed(OutsideRecord record);
  Task<Result<bool>> remove_given_up(OutsideRecord record);
  Task<Result<std::string>> conclude(Result<OutsideEnd> end);
  Task<Result<std::string>> end_early(Error error);
  Result<void> record_as(OutsideState state, std::string note);
  std::string what_it_is(const OutsideRecord& record) const;

  OutsideRecords records_;
  OutsideWork& work_;
  OutsideSurroundings surroundings_;
  OutsideRecord record_ = {};
  int exit_code_ = 0;
  bool is_recorded_ = false;  // else nothing was asked for
};

}  // namespace sdlrun::engine
