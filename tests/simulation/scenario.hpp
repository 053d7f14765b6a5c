// What one seed stands for: a pipeline, what its programs do in each life of the engine, and what disturbs each life.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/world/clock.hpp"
#include "engine/world/machine_limits.hpp"

namespace sdlrun::simulation {

using engine::Milliseconds;

/// A program that leaves a file, one that leaves a folder, a download, a job on another machine.
enum class Work { make, tree, fetch, job };

struct Step {
  std::string name = {};
  Work work = Work::make;
  std::string label = {};              // steps with the same label and inputs have the same key
  bool takes_param = false;
  std::vector<std::size_t> values = {};   // the steps whose `value` it takes
  std::vector<std::size_t> files = {};    // whose file or folder it takes
  std::vector<std::size_t> after = {};
  std::optional<std::size_t> when_even = {};  // runs only if this step's `value` is even
  /// Which stage it runs is known only once this one, which it comes after besides, has run: it is behind a gate.
  std::optional<std::size_t> chosen_by = {};
  bool cache = true;
  bool is_hopeless = false;  // fails each time
  bool is_left = false;      // a job goes on when the run is interrupted
  bool in_section = false;   // works in a shared section, one step at a time
  std::int64_t attempts = 1;
  std::int64_t backoff = 0;
  std::int64_t timeout = 0;
  std::vector<std::string> pools = {};
  std::int64_t cpus = 1;
  std::int64_t memory = 0;
};

/// How one attempt of a step goes.
struct Attempt {
  enum class End { good, bad_exit, killed, hangs, answer_lost } end = End::good;
  Milliseconds duration{0};
  bool ignores_termination = false;
};

enum class Disturbance { none, crash, full_disk, full_disk_and_crash, interrupt };

/// From the opening of the state to its closing.
struct Life {
  Disturbance disturbance = Disturbance::none;
  std::size_t after_changes = 0;    // of the disk: a crash, a full disk
  std::string below = {};           // that are counted
  double part = 0;                  // of the change that is met
  std::size_t failing_changes = 1;  // of a full disk
  std::size_t until_crash = 0;      // changes after that, below the same place
  Milliseconds stop_after{0};     // of an interrupt
  std::optional<Milliseconds> kill_after = {};
  bool keep_going = true;
  std::int64_t param = 0;
  bool is_another_boot = false;        // of the machine: what was recorded before is verified by content
  std::uint64_t crash_at_message = 0;  // to the service that runs jobs: no change of the disk after that one; 0: none
  std::uint64_t lose_one_in = 0;       // answers of that service; 0: none
  std::uint64_t flush_one_in = 0;  // idle moments at which the journal is brought into the database; 0: none
  std::vector<std::vector<Attempt>> attempts = {};  // by step; the last stays
};

struct Pool {
  std::string name;
  std::int64_t size = 1;
};

struct Scenario {
  std::uint64_t seed = 0;
  std::vector<Step> steps;
  std::vector<Pool> pools;
  std::size_t jobs = 1;
  engine::MachineLimits machine;
  bool has_failing_requirement = false;
  std::vector<Life> lives;  // the last two are undisturbed, and of the same param: after the second nothing is left to do
};

const char* name_of(Work work);
Scenario make_scenario(std::uint64_t seed);
std::string pipeline_text(const Scenario& scenario);
/// One line.
std::string describe(const Life& life);

}  // namespace sdlrun::simulation
