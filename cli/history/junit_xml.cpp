#include "cli/history/junit_xml.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "cli/report/words.hpp"
#include "cli/terminal/text_width.hpp"
#include "engine/html/markup.hpp"

namespace sdlrun::cli {

namespace {

using engine::Markup;

/// "12.340".
std::string seconds_text(engine::Milliseconds duration) {
  const std::string fraction = std::to_string(1000 + duration.count() % 1000);
  return std::to_string(duration.count() / 1000) + '.' + fraction.substr(1);
}

/// ISO 8601 without a zone, as the schema has it.
std::string timestamp(engine::Milliseconds since_1970) {
  std::string text = moment_text(since_1970);
  std::replace(text.begin(), text.end(), ' ', 'T');
  return text;
}

enum class Verdict { passed, skipped, failure, error };

Verdict verdict(PastOutcome outcome) {
  switch (outcome) {
    case PastOutcome::ran:
    case PastOutcome::cached: return Verdict::passed;
    case PastOutcome::failed: return Verdict::failure;
    case PastOutcome::stopped:
    case PastOutcome::unfinished: return Verdict::error;
    case PastOutcome::skipped:
    case PastOutcome::not_reached:
    case PastOutcome::unknown: return Verdict::skipped;
  }
  return Verdict::error;
}

std::string details(const PastStep& step) {
  const std::string hint = step.error.hint.empty() ? "" : "hint: " + step.error.hint;
  return clean_text(step.error.detail) + clean_text(step.log_tail) + clean_text(hint);
}

std::string message(const PastStep& step) {
  const std::string& error = step.error.message;
  if (step.is_requirement() && !step.is_gate && step.outcome == PastOutcome::failed) return "does not hold" + (error.empty() ? "" : ": " + error);
  return error.empty() ? std::string(outcome_word(step.outcome)) : error;
}

Markup outcome_element(const PastStep& step) {
  const std::string type = step.is_gate ? "gate" : step.is_requirement() ? "requirement" : step.stage;
  switch (verdict(step.outcome)) {
    case Verdict::passed: return {};
    case Verdict::skipped: return Markup::element("skipped", {{"message", std::string(outcome_word(step.outcome))}});
    case Verdict::failure: return Markup::element("failure", {{"message", message(step)}, {"type", type}}, Markup::text(details(step)));
    case Verdict::error: return Markup::element("error", {{"message", message(step)}, {"type", type}}, Markup::text(details(step)));
  }
  return {};
}

Markup test_case(const std::string& name, const std::string& class_name, engine::Milliseconds duration, const Markup& content) {
  return Markup::verbatim("    ") +
         Markup::element("testcase", {{"name", name}, {"classname", class_name}, {"time", seconds_text(duration)}}, content) +
         Markup::verbatim("\n");
}

std::size_t count(const PastRun& run, Verdict wanted) {
  return static_cast<std::size_t>(std::count_if(run.steps.begin(), run.steps.end(),
                                                [&](const PastStep& step) { return verdict(step.outcome) == wanted; }));
}

/// A run that did not succeed, and no step of it tells why: it was killed, or its outputs could not be linked.
bool failed_as_a_whole(const PastRun& run) {
  return run.record.outcome != "succeeded" && count(run, Verdict::failure) + count(run, Verdict::error) == 0;
}

Markup test_cases(const PastRun& run) {
  const std::string& pipeline = run.record.pipeline;
  Markup cases;
  if (run.took_all_from_cache()) {
    const std::string name = "nothing to do: " + counted(static_cast<std::size_t>(run.record.cached), "step") + " cached";
    cases += test_case(name, pipeline, run.record.duration, {});
  }
  if (failed_as_a_whole(run)) {
    cases += test_case("the run", pipeline, {}, Markup::element("error", {{"message", run.record.outcome}, {"type", "run"}}));
  }
  for (const PastStep& step : run.steps) {
    const std::string kind = std::string(step.is_requirement() ? step.kind() : std::string_view(step.stage));
    cases += test_case(step.title(), pipeline + '.' + kind, step.duration, outcome_element(step));
  }
  return cases;
}

}  // namespace

std::string junit_xml(const PastRun& run) {
  const std::size_t of_the_run = failed_as_a_whole(run) ? 1 : 0;
  const std::size_t tests = run.steps.size() + of_the_run + (run.took_all_from_cache() ? 1 : 0);
  const Markup line = Markup::verbatim("\n");
  // What a test prints is no part of it; the empty elements are there as the stricter of the schemas asks for them.
  const Markup suite =
      Markup::element("testsuite",
                      {{"name", run.record.pipeline},
                       {"package", run.record.file},
                       {"id", "0"},
                       {"timestamp", timestamp(run.record.started)},
                       {"hostname", "localhost"},
                       {"tests", std::to_string(tests)},
                       {"failures", std::to_string(count(run, Verdict::failure))},
                       {"errors", std::to_string(count(run, Verdict::error) + of_the_run)},
                       {"skipped", std::to_string(count(run, Verdict::skipped))},
                       {"time", seconds_text(std::max(run.record.duration, run.length))}},
                      line + Markup::element("properties") + line + test_cases(run) + Markup::element("system-out") +
                          Markup::element("system-err") + line);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + Markup::element("testsuites", {}, line + suite + line).string() + '\n';
}

}  // namespace sdlrun::cli
