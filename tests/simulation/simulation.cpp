#include "simulation.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"
#include "expectation.hpp"
#include "life.hpp"

namespace sdlrun::simulation {

namespace {

namespace fs = std::filesystem;

using engine::StepOutcome;

class Simulation {
 public:
  Simulation(std::uint64_t seed, const fs::path& folder) : scenario_(make_scenario(seed)), file_(folder / "p.sdl") {
    // Names follow from it, and how much is written from the order of names: it must not be a matter of chance.
    static_cast<void>(disk_->make_directories("/project/.sdl/outside"));
    static_cast<void>(disk_->make_symbolic_link("the-simulated-project", "/project/.sdl/outside/project"));
  }

  Findings run() {
    const std::string text = pipeline_text(scenario_);
    findings_.note(text);
    std::ofstream(file_) << text;
    for (std::size_t number = 0; number < scenario_.lives.size() && findings_.violations().empty(); ++number) {
      findings_.note("--- life " + std::to_string(number) + ": " + describe(scenario_.lives[number]));
      std::optional<dsl::Pipeline> pipeline = open(scenario_.lives[number].param);
      if (!pipeline) break;
      last_ = live({scenario_, disk_, stages_, workshop_, jobs_, findings_}, *pipeline, number);
      if (number + 2 >= scenario_.lives.size()) check_clean_life(number + 1 == scenario_.lives.size());
    }
    return std::move(findings_);
  }

 private:
  std::optional<dsl::Pipeline> open(std::int64_t param) {
    dsl::Diagnostics diagnostics;
    if (!program_) program_ = dsl::load_program(sources_, file_, stages_.schemas(), diagnostics);
    std::optional<dsl::Pipeline> pipeline;
    if (program_) pipeline = dsl::open_pipeline(sources_, program_, {{"p", {.text = std::to_string(param)}}}, diagnostics);
    if (!pipeline) findings_.violated("the simulation's own pipeline is wrong: " + dsl::diagnostics_text(sources_, diagnostics));
    return pipeline;
  }

  /// Whatever came before, an undisturbed run puts all right, and after it nothing is left to do.
  void check_clean_life(bool nothing_is_left) {
    if (last_.outcomes.empty()) return;
    const std::vector<Expected> expected = expectation(scenario_, scenario_.lives.back().param);
    bool all_good = !scenario_.has_failing_requirement;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      check_outcome(scenario_.steps[i], expected[i], last_.outcomes[i], nothing_is_left);
      all_good = all_good && (expected[i].fate == Expected::Fate::good || expected[i].fate == Expected::Fate::skipped);
    }
    check_disk();
    if (all_good) check_links(expected);
  }

  void check_outcome(const Step& step, const Expected& expected, std::optional<StepOutcome> outcome, bool nothing_is_left) {
    const bool has_result = outcome == StepOutcome::cached || (outcome == StepOutcome::ran && !(nothing_is_left && step.cache));
    const bool is_right = expected.fate == Expected::Fate::good      ? has_result
                          : expected.fate == Expected::Fate::failed  ? outcome == StepOutcome::failed
                          : expected.fate == Expected::Fate::skipped ? outcome == StepOutcome::skipped
                                                                     : outcome == StepOutcome::not_reached;
    if (is_right) return;
    const std::string which = nothing_is_left ? "the second undisturbed run" : "an undisturbed run";
    findings_.violated(step.name + " came to another end in " + which + " than it must");
  }

  /// Nothing of a killed engine is left but what the next ones use.
  void check_disk() {
    for (const std::string& path : disk_->all()) {
      const bool is_left = path.starts_with("/project/.sdl/temporary/") || path.starts_with("/project/.sdl/journal/") ||
                           path.find("/.sdlrun-") != std::string::npos;
      if (is_left) findings_.violated("`" + path + "` is left");
    }
  }

  void check_links(const std::vector<Expected>& expected) {
    const fs::path out = "/project/out/p";
    std::vector<std::string> names;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Step& step = scenario_.steps[i];
      if (step.when_even) continue;
      names.push_back(step.name);
      const auto target = disk_->read_link(out / step.name);
      const bool is_right = target && content_at(*disk_, (out / *target).lexically_normal(), step.work, findings_) == expected[i].content;
      if (!is_right) findings_.violated("out/p/" + step.name + " does not lead to the output");
    }
    std::sort(names.begin(), names.end());
    const auto found = disk_->list(out);
    if (!names.empty() && (!found || *found != names)) findings_.violated("out/p holds something else than the outputs");
  }

  Scenario scenario_;
  fs::path file_;
  Findings findings_;
  Workshop workshop_{scenario_, findings_};
  JobService jobs_{scenario_, findings_};
  engine::StageSet stages_ = simulated_stages(workshop_);
  std::shared_ptr<engine::FakeFiles> disk_ = std::make_shared<engine::FakeFiles>();
  dsl::Sources sources_;
  std::shared_ptr<const dsl::Program> program_;
  LifeResult last_;
};

}  // namespace

Findings simulate(std::uint64_t seed, const fs::path& folder) { return Simulation(seed, folder).run(); }

}  // namespace sdlrun::simulation
