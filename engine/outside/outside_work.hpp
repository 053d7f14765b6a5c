// What a stage says of a thing that it has started beyond this machine's process tree: a job, a Pod, a container. The
// engine starts it once, whatever ends the engine in between (engine/run/outside_step.hpp has the protocol).
#pragma once

#include <optional>
#include <string>

#include "engine/error.hpp"
#include "engine/task/task.hpp"

namespace sdlrun::engine {

/// What becomes of it when the run is interrupted. After a timeout it is removed in any case: another attempt may follow.
enum class WhenStopped { remove, leave };

/// What the other side answers to being asked for a thing.
struct OutsideStart {
  /// None: it says that the name is there already.
  std::optional<std::string> handle = {};
  /// Nothing was started, for certain: it refuses.
  std::optional<Error> refusal = {};
};

/// How a thing has ended, by the other side's word.
struct OutsideEnd {
  /// None: it has done its work.
  std::optional<Error> failure = {};
  /// Of the program that has failed, where it is known: what `retry { exit_codes }` looks at.
  int exit_code = 0;
};

/// One thing of one step. Its name is the engine's choice: lower-case letters, digits and `-`, at most 40 of them, so that it
/// may stand in host names and labels. Calls may come in another run than the one that started it, in any order that the
/// comments allow. An Error always means: it could not be found out, and the thing may be there.
class OutsideWork {
 public:
  virtual ~OutsideWork() = default;

  /// What it is, such as "http.job". A step that starts several things gives each a kind of its own.
  virtual std::string kind() const = 0;
  /// Where it is, for people who look for it, such as a URL. Shown and recorded: no secrets.
  virtual std::string place() const = 0;
  virtual WhenStopped when_stopped() const { return WhenStopped::remove; }

  /// Looks for it, running or ended; what it gives is the handle for `follow`, which may be the name.
  virtual Task<Result<std::optional<std::string>>> find(std::string name) = 0;
  /// Asks for it, once.
  virtual Task<Result<OutsideStart>> start(std::string name) = 0;
  /// Waits until it has ended, and takes what it has left. May be asked again of one that has ended long ago.
  virtual Task<Result<OutsideEnd>> follow(std::string handle) = 0;
  /// Ends it where it runs and takes it away. True where it was there. Called also when the step is to stop: it has ten
  /// seconds then, and may make calls and pauses, but start no processes.
  virtual Task<Result<bool>> remove(std::string name) = 0;
};

}  // namespace sdlrun::engine
