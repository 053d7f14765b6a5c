#include "scenario.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace sdlrun::simulation {

namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

/// std's distributions differ between libraries; a seed is to mean the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t count) { return random_() % count; }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  double part() { return static_cast<double>(below(1001)) / 1000; }

 private:
  std::mt19937_64 random_;
};

std::vector<std::size_t> some_before(Dice& dice, std::size_t end, std::uint64_t most) {
  std::vector<std::size_t> chosen;
  if (end == 0) return chosen;
  for (std::uint64_t count = dice.below(most + 1); count > 0; --count) {
    chosen.push_back(end - 1 - dice.below(std::min<std::uint64_t>(end, 6)));
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

void choose_options(Dice& dice, Step& step, const Scenario& scenario) {
  step.cache = !dice.chance(8);
  step.is_hopeless = dice.chance(3);
  if (step.is_hopeless) step.label = step.name;  // nobody else's result is its own
  if (dice.chance(40)) step.attempts = dice.between(2, 4);
  // What an earlier life has left may fail, and is no attempt that a clean life counts.
  if (step.work == Work::job) step.attempts = dice.between(2, 4);
  step.is_left = dice.chance(40);
  if (step.attempts > 1 && dice.chance(70)) step.backoff = dice.between(1, 5000);
  if (dice.chance(30)) step.timeout = dice.between(21'000, 60'000);
  step.in_section = step.timeout == 0 && dice.chance(20);  // to wait for others may take longer than a timeout
  for (const Pool& pool : scenario.pools) {
    if (dice.chance(35)) step.pools.push_back(pool.name);
  }
  if (dice.chance(20)) step.cpus = dice.between(1, scenario.machine.cpus);
  if (dice.chance(20)) step.memory = dice.between(1, scenario.machine.memory_bytes / gibibyte) * gibibyte;
}

Step make_step(Dice& dice, std::size_t index, const Scenario& scenario) {
  Step step{.name = "s" + std::to_string(index)};
  const std::uint64_t kind = dice.below(10);
  step.work = kind < 4 ? Work::make : kind < 6 ? Work::tree : kind < 7 ? Work::fetch : Work::job;
  step.label = dice.chance(30) ? "shared" : step.name;
  step.after = dice.chance(20) ? some_before(dice, index, 2) : std::vector<std::size_t>();
  if (step.work != Work::fetch) {
    step.takes_param = dice.chance(25);
    step.values = some_before(dice, index, 2);
    step.files = some_before(dice, index, 2);
  }
  // What may be skipped has outputs that may be missing: whoever takes them says what else.
  std::erase_if(step.files, [&](std::size_t from) { return scenario.steps[from].when_even.has_value(); });
  choose_options(dice, step, scenario);
  if (index > 0 && dice.chance(12)) {
    const std::size_t condition = dice.below(index);
    if (!scenario.steps[condition].when_even) step.when_even = condition;
  }
  if (index > 0 && dice.chance(12)) {
    step.chosen_by = dice.below(index);
    if (std::find(step.after.begin(), step.after.end(), *step.chosen_by) == step.after.end()) step.after.push_back(*step.chosen_by);
  }
  return step;
}

Attempt bad_attempt(Dice& dice, const Step& step) {
  Attempt attempt{.duration = Milliseconds(dice.between(0, 20'000)), .ignores_termination = dice.chance(20)};
  const std::uint64_t kind = dice.below(step.timeout > 0 ? 3 : 2);
  attempt.end = kind == 0 ? Attempt::End::bad_exit : kind == 1 ? Attempt::End::killed : Attempt::End::hangs;
  if (step.work == Work::fetch && kind < 2) attempt.end = Attempt::End::answer_lost;
  return attempt;
}

/// In a clean life no step fails more often than it may.
std::vector<Attempt> make_attempts(Dice& dice, const Step& step, bool is_clean) {
  std::vector<Attempt> attempts;
  if (step.is_hopeless) return {bad_attempt(dice, step)};
  const std::int64_t most_failing = (is_clean ? step.attempts - 1 : step.attempts) - (step.work == Work::job ? 1 : 0);
  const std::int64_t failing = dice.chance(40) ? dice.between(0, most_failing) : 0;
  for (std::int64_t i = 0; i < failing; ++i) attempts.push_back(bad_attempt(dice, step));
  attempts.push_back({.duration = Milliseconds(dice.chance(20) ? 0 : dice.between(1, 20'000))});
  return attempts;
}

Life make_life(Dice& dice, const Scenario& scenario, bool is_clean) {
  Life life;
  const std::uint64_t kind = is_clean ? 0 : dice.below(100);
  life.disturbance = kind < 5    ? Disturbance::none
                     : kind < 55 ? Disturbance::crash
                     : kind < 72 ? Disturbance::full_disk
                     : kind < 85 ? Disturbance::full_disk_and_crash
                                 : Disturbance::interrupt;
  life.after_changes = dice.below(1 + dice.below(100 + 45 * scenario.steps.size()));  // rather early: not all runs are long
  life.part = dice.chance(50) ? 0 : dice.part();
  life.failing_changes = dice.chance(60) ? 1 + dice.below(2) : 1 + dice.below(40);
  life.until_crash = dice.below(10);
  if (dice.chance(30)) {
    // Everywhere alike, a fault would seldom meet what is written least and matters most.
    life.below = dice.chance(60) ? "/project/.sdl/journal/" : "/project/.sdl/outputs/";
    life.after_changes = dice.below(4 + 2 * scenario.steps.size());
  }
  life.stop_after = Milliseconds(dice.between(0, 30'000));
  if (dice.chance(30)) life.kill_after = life.stop_after + Milliseconds(dice.between(0, 9'000));
  life.keep_going = is_clean || dice.chance(50);
  life.param = dice.between(0, 2);
  life.is_another_boot = dice.chance(40);
  if (!is_clean && dice.chance(30)) life.crash_at_message = 1 + dice.below(12);
  if (!is_clean && dice.chance(20)) life.lose_one_in = 2 + dice.below(10);
  life.flush_one_in = dice.below(4) == 0 ? 0 : 1 + dice.below(8);
  for (const Step& step : scenario.steps) life.attempts.push_back(make_attempts(dice, step, is_clean));
  return life;
}

std::string list_text(const std::vector<std::string>& elements) {
  std::string text;
  for (const std::string& element : elements) text += (text.empty() ? "" : ", ") + element;
  return '[' + text + ']';
}

std::string inputs_text(const Scenario& scenario, const Step& step) {
  std::vector<std::string> values, files, folders;
  if (step.takes_param) values.push_back("p");
  for (const std::size_t from : step.values) {
    const Step& source = scenario.steps[from];
    values.push_back(source.name + ".value" + (source.when_even ? " ?? 7" : ""));
  }
  for (const std::size_t from : step.files) {
    const Step& source = scenario.steps[from];
    const bool is_folder = source.work == Work::tree;
    (is_folder ? folders : files).push_back(source.name + (is_folder ? ".folder" : ".file"));
  }
  return "label = \"" + step.label + "\", values = " + list_text(values) + ", files = " + list_text(files) + ", folders = " + list_text(folders);
}

/// Both ways lead to the same.
std::string choice_text(const Scenario& scenario, const Step& step, const std::string& call) {
  if (!step.chosen_by) return call;
  const Step& source = scenario.steps[*step.chosen_by];
  const std::string value = source.when_even ? "(" + source.name + ".value ?? 0)" : source.name + ".value";
  return "if " + value + " >= 0 then " + call + " else " + call;
}

std::string options_text(const Scenario& scenario, const Step& step) {
  std::vector<std::string> options;
  if (!step.cache) options.push_back("cache = \"off\"");
  if (step.attempts > 1) {
    options.push_back("retry = { attempts: " + std::to_string(step.attempts) + ", backoff: " + std::to_string(step.backoff) + "ms }");
  }
  if (step.timeout > 0) options.push_back("timeout = " + std::to_string(step.timeout) + "ms");
  if (step.cpus > 1) options.push_back("cpus = " + std::to_string(step.cpus));
  if (step.memory > 0) options.push_back("memory = " + std::to_string(step.memory / gibibyte) + "GiB");
  if (step.when_even) options.push_back("when = " + scenario.steps[*step.when_even].name + ".value % 2 == 0");
  std::vector<std::string> after, pools;
  for (const std::size_t from : step.after) after.push_back(scenario.steps[from].name);
  for (const std::string& pool : step.pools) pools.push_back('"' + pool + '"');
  if (!after.empty()) options.push_back("after = " + list_text(after));
  if (!pools.empty()) options.push_back("pool = " + list_text(pools));
  std::string text;
  for (const std::string& option : options) text += (text.empty() ? "" : ", ") + option;
  return text.empty() ? "" : " with { " + text + " }";
}

}  // namespace

const char* name_of(Work work) {
  constexpr std::array names{"make", "tree", "fetch", "job"};
  return names.at(static_cast<std::size_t>(work));
}

Scenario make_scenario(std::uint64_t seed) {
  Dice dice(seed);
  Scenario scenario{.seed = seed, .steps = {}, .pools = {}, .jobs = 1 + dice.below(4), .machine = {}, .lives = {}};
  scenario.machine = {.cpus = dice.between(1, 4), .memory_bytes = dice.between(1, 4) * gibibyte};
  for (const char* name : {"red", "blue"}) {
    if (dice.chance(50)) scenario.pools.push_back({name, dice.between(1, 2)});
  }
  const std::size_t count = dice.chance(10) ? 12 + dice.below(12) : 1 + dice.below(9);
  for (std::size_t i = 0; i < count; ++i) scenario.steps.push_back(make_step(dice, i, scenario));
  scenario.has_failing_requirement = dice.chance(3);
  for (std::uint64_t disturbed = 1 + dice.below(3); disturbed > 0; --disturbed) {
    scenario.lives.push_back(make_life(dice, scenario, false));
  }
  for (int clean = 0; clean < 2; ++clean) scenario.lives.push_back(make_life(dice, scenario, true));
  scenario.lives.back().param = scenario.lives[scenario.lives.size() - 2].param;
  return scenario;
}

std::string pipeline_text(const Scenario& scenario) {
  std::string text = "pipeline p {\n  param p: int = 0\n";
  for (const Pool& pool : scenario.pools) text += "  pool " + pool.name + " = " + std::to_string(pool.size) + '\n';
  for (const Step& step : scenario.steps) {
    const std::string call = std::string("sim.") + name_of(step.work) + " { " + inputs_text(scenario, step) + " }";
    text += "  step " + step.name + " = " + choice_text(scenario, step, call) + options_text(scenario, step) + '\n';
  }
  const Step& last = scenario.steps.back();
  const std::string value = last.name + ".value" + (last.when_even ? " ?? 0" : "");
  text += "  require plausible = (" + value + ") " + (scenario.has_failing_requirement ? "<" : ">=") + " 0 else \"no\"\n";
  for (const Step& step : scenario.steps) {
    if (!step.when_even) text += "  output " + step.name + " = " + step.name + (step.work == Work::tree ? ".folder" : ".file") + '\n';
  }
  return text + "}\n";
}

std::string describe(const Life& life) {
  const std::string torn = (life.below.empty() ? "" : " below " + life.below) + ", " + std::to_string(static_cast<int>(life.part * 100)) + "% of it done";
  std::string text = "p=" + std::to_string(life.param) + (life.keep_going ? ", keeps going, " : ", ");
  if (life.is_another_boot) text += "another boot, ";
  if (life.crash_at_message > 0) text += "killed at message " + std::to_string(life.crash_at_message) + ", ";
  if (life.lose_one_in > 0) text += "one answer in " + std::to_string(life.lose_one_in) + " lost, ";
  switch (life.disturbance) {
    case Disturbance::none: return text + "undisturbed";
    case Disturbance::crash: return text + "killed at change " + std::to_string(life.after_changes) + torn;
    case Disturbance::full_disk:
    case Disturbance::full_disk_and_crash:
      text += "disk full for " + std::to_string(life.failing_changes) + " from change " + std::to_string(life.after_changes) + torn;
      return life.disturbance == Disturbance::full_disk ? text : text + ", killed " + std::to_string(life.until_crash) + " changes later";
    case Disturbance::interrupt: return text + "interrupted after " + std::to_string(life.stop_after.count()) + "ms";
  }
  return text;
}

}  // namespace sdlrun::simulation
