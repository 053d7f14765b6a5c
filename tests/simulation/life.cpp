#include "life.hpp"

#include <algorithm>
#include <array>

#include "database_files.hpp"
#include "engine/cache/boot_id.hpp"
#include "engine/run/run.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/fake/fake_remote.hpp"
#include "run_checker.hpp"

namespace sdlrun::simulation {

namespace {

namespace fs = std::filesystem;

using engine::FakeProgram;

const fs::path project_root = "/project";
const fs::path state_folder = project_root / ".sdl";
constexpr Milliseconds for_ever = std::chrono::hours(1);

/// Longer than any step may take with all its attempts, timeouts and pauses, one after the other.
Milliseconds longest_run(const Scenario& scenario) { return std::chrono::minutes(10) * (1 + scenario.steps.size()); }

class EngineLife {
 public:
  EngineLife(const Stand& stand, dsl::Pipeline& pipeline, std::size_t number)
      : stand_(stand),
        life_(stand.scenario.lives[number]),
        pipeline_(pipeline),
        processes_(clock_, *stand.disk),
        remote_(clock_, *stand.disk),
        checker_(stand.scenario, life_, pipeline, stand.workshop.recorded, stand.findings) {
    clock_.advance(std::chrono::hours(number));
    begun_ = clock_.monotonic();
    if (number == 0 || life_.is_another_boot) stand.disk->put(engine::boot_id_file, "boot " + std::to_string(number));
    stand.jobs.begin_life(number, clock_, *stand.disk);
    remote_.serve(jobs_url, [jobs = &stand.jobs](const engine::HttpRequest& request) { return jobs->answer(request); });
    for (std::size_t i = 0; i < stand.scenario.steps.size(); ++i) arrange(stand.scenario.steps[i], life_.attempts[i]);
  }

  LifeResult live() {
    const std::size_t changes_before = stand_.disk->changes();
    disturb();
    LifeResult result;
    {
      const DatabaseFiles database(*stand_.disk);
      open_and_run(result);
    }
    result.started = processes_.started().size() + remote_.requests().size();
    result.changes = stand_.disk->changes() - changes_before;
    const std::string fault = stand_.disk->first_fault();
    stand_.findings.note(fault.empty() ? "no fault was met" : "the fault was met");
    if (!fault.empty()) stand_.findings.add_detail(fault);
    stand_.disk->heal();
    return result;
  }

 private:
  // ---- the world ---------------------------------------------------------------------------------------------------

  void arrange(const Step& step, const std::vector<Attempt>& attempts) {
    for (const Attempt& attempt : attempts) {
      if (step.work == Work::job) continue;  // the service knows
      if (step.work == Work::fetch) {
        arrange_answer(step, attempt);
      } else {
        arrange_program(step, attempt);
      }
    }
  }

  void arrange_program(const Step& step, const Attempt& attempt) {
    const bool is_good = attempt.end == Attempt::End::good;
    FakeProgram program{.duration = attempt.end == Attempt::End::hangs ? for_ever : attempt.duration,
                        .exit_code = attempt.end == Attempt::End::bad_exit ? 3 : 0,
                        .signal = attempt.end == Attempt::End::killed ? 9 : 0,
                        .output = {"working on " + step.label},
                        .ignores_termination = attempt.ignores_termination};
    program.effect = [disk = stand_.disk, work = step.work, is_good](const engine::ProcessRequest& request) {
      leave_result(*disk, request.directory, work, request.command.at(2), is_good);
    };
    processes_.on({step.work == Work::make ? "make" : "tree", step.name}, std::move(program));
  }

  void arrange_answer(const Step& step, const Attempt& attempt) {
    const std::string text = file_text(content_of(Work::fetch, step.label, {}, {}));
    engine::FakeAnswer answer{.response = {}, .delay = attempt.end == Attempt::End::hangs ? for_ever : attempt.duration};
    answer.response.status = 200;
    answer.response.body = attempt.end == Attempt::End::good ? text : text.substr(0, text.size() / 2);
    if (attempt.end != Attempt::End::good) answer.error = engine::Error{.message = "the answer was lost", .transient = true};
    remote_.on(url_of(step.name), std::move(answer));
  }

  void disturb() {
    engine::DiskFault crash = engine::crash_after(life_.after_changes, life_.part);
    engine::DiskFault full{.successes = life_.after_changes,
                           .below = life_.below,
                           .count = life_.failing_changes,
                           .error = engine::Error{"no space left on device"},
                           .part = life_.part};
    crash.below = life_.below;
    if (life_.disturbance == Disturbance::crash) stand_.disk->set_faults({crash});
    if (life_.disturbance == Disturbance::full_disk) stand_.disk->set_faults({full});
    crash.successes = life_.until_crash;
    if (life_.disturbance == Disturbance::full_disk_and_crash) stand_.disk->set_faults({full, crash});
    if (life_.disturbance != Disturbance::interrupt) return;
    clock_.after(life_.stop_after, [this] { stop_.requested = true; });
    if (life_.kill_after) clock_.after(*life_.kill_after, [this] { stop_.at_once = true; });
  }

  bool is_faulty() const { return !stand_.disk->first_fault().empty(); }
  bool is_clean() const { return life_.disturbance == Disturbance::none; }

  // ---- the engine --------------------------------------------------------------------------------------------------

  void open_and_run(LifeResult& result) {
    std::vector<std::string> warnings;
    auto state = engine::open_state(state_folder, stand_.disk, engine::Batches::when_flushed, warnings);
    for (const std::string& warning : warnings) stand_.findings.violated("on opening the state: " + warning);
    if (!state) {
      stand_.findings.note("the state could not be opened");
      stand_.findings.add_detail(state.error().message);
      if (!is_faulty()) stand_.findings.violated("the state could not be opened: " + state.error().message);
      return;
    }
    engine::Store store(state_folder, *stand_.disk);
    run(**state, store);
    result.outcomes = checker_.outcomes();
    if (!is_faulty()) check_results(**state, store);
  }

  void run(engine::State& state, engine::Store& store) {
    engine::RunOptions options;
    options.jobs = stand_.scenario.jobs;
    options.machine = stand_.scenario.machine;
    options.keep_going = life_.keep_going;
    options.workers = 1;
    options.project_root = project_root;
    options.shared_cache_directory = "/cache";
    options.on_idle = [&] { return go_on(state); };
    const engine::World world{.clock = clock_, .files = *stand_.disk, .processes = processes_, .remote = remote_};
    dsl::Diagnostics diagnostics;
    const engine::EventSink sink = [this](const engine::Event& event) {
      note(event);
      checker_.see(event);
    };
    const auto ran = engine::run_pipeline(pipeline_, stand_.stages, state, store, world, options, stop_, sink, diagnostics);
    if (!ran) stand_.findings.note(clock_, "the run could not go on");
    if (!ran) stand_.findings.add_detail(ran.error().message);
    if (!ran && !is_faulty()) stand_.findings.violated("the run could not go on: " + ran.error().message);
    if (ran || !is_faulty()) checker_.check_end(is_faulty());
    if (processes_.running() > 0) stand_.findings.violated("a process is left");
  }

  /// The world's turn: everything waits for it.
  bool go_on(engine::State& state) {
    if (life_.flush_one_in > 0 && ++idle_moments_ % life_.flush_one_in == 0) static_cast<void>(state.flush());
    if (clock_.monotonic() - begun_ > longest_run(stand_.scenario)) return end_it("the run does not end");
    return clock_.advance_to_next() || end_it("nothing moves any more, and the run is not over");
  }

  bool end_it(const std::string& why) {
    if (!stop_.requested) stand_.findings.violated(why);
    stop_.requested = true;
    return !stop_.at_once.exchange(true);
  }

  /// What the run says to be there is there, whole, and under the digest that is written of it.
  void check_results(engine::State& state, const engine::Store& store) {
    for (std::size_t i = 0; i < stand_.scenario.steps.size(); ++i) {
      const Step& step = stand_.scenario.steps[i];
      const auto outcome = checker_.outcomes()[i];
      const bool has_result = outcome == engine::StepOutcome::ran || outcome == engine::StepOutcome::cached;
      if (!has_result || !step.cache) continue;
      const auto attempt = state.last_attempt("p", step.name);
      const auto found = attempt ? state.find_result(attempt->key) : std::nullopt;
      if (!found) {
        stand_.findings.violated("the result of " + step.name + " is not known");
      } else if (!store.is_intact(found->outputs, /*verify_content=*/true)) {
        stand_.findings.violated("the outputs of " + step.name + " are not intact");
      }
    }
  }

  // ---- the trace ---------------------------------------------------------------------------------------------------

  void note(const engine::Event& event) {
    const auto line = [&](const std::string& text) { stand_.findings.note(clock_, text); };
    if (const auto* started = std::get_if<engine::StepStarted>(&event)) line(started->name + " starts: " + started->reason);
    const auto detail = [&](const engine::Error& error) {
      if (!error.message.empty()) stand_.findings.add_detail(error.message);
    };
    if (const auto* retried = std::get_if<engine::StepRetried>(&event)) {
      line(retried->name + " rests");
      detail(retried->error);
    }
    if (const auto* progress = std::get_if<engine::StepProgressed>(&event)) line(progress->name + ": " + progress->text);
    if (const auto* end = std::get_if<engine::StepFinished>(&event)) {
      constexpr std::array words{"ran", "cached", "skipped", "failed", "stopped", "not reached"};
      line(end->name + ' ' + words.at(static_cast<std::size_t>(end->outcome)));
      detail(end->error);
    }
    if (std::holds_alternative<engine::RunFinished>(event)) line("the run ends");
  }

  const Stand& stand_;
  const Life& life_;
  dsl::Pipeline& pipeline_;
  engine::FakeClock clock_;
  engine::FakeProcesses processes_;
  engine::FakeRemote remote_;
  engine::StopRequest stop_;
  RunChecker checker_;
  std::chrono::nanoseconds begun_{0};
  std::uint64_t idle_moments_ = 0;
};

}  // namespace

LifeResult live(const Stand& stand, dsl::Pipeline& pipeline, std::size_t number) {
  return EngineLife(stand, pipeline, number).live();
}

}  // namespace sdlrun::simulation
