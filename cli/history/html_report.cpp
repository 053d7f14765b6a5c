#include "cli/history/html_report.hpp"

#include <algorithm>

#include "cli/history/graph_drawing.hpp"
#include "cli/history/timeline.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"
#include "engine/html/html_table.hpp"
#include "engine/html/markup.hpp"

namespace sdlrun::cli {

namespace {

using engine::Markup;
using engine::HtmlTable;

/// More rows than this help nobody, and make browsers slow.
constexpr std::size_t most_rows = 5000;
constexpr std::size_t most_failures = 200;  // each with the end of its log

Markup paragraph(std::string_view text, const std::string& style = "") { return Markup::element("p", {{"class", style}}, Markup::text(text)); }

Markup section(std::string_view title, const Markup& content) {
  return Markup::element("section", {}, Markup::element("h2", {}, Markup::text(title)) + Markup::verbatim("\n") + content) + Markup::verbatim("\n");
}

std::string outcome_text(const PastStep& step) {
  if (step.is_requirement() && step.outcome == PastOutcome::ran) return step.is_gate ? "opened" : "holds";
  if (step.is_requirement() && step.outcome == PastOutcome::failed) return step.is_gate ? "failed" : "does not hold";
  return std::string(outcome_word(step.outcome));
}

Markup outcome_mark(const PastStep& step) {
  const Markup text = Markup::text(std::string(outcome_symbol(step.outcome)) + ' ' + outcome_text(step));
  return Markup::element("span", {{"class", "outcome " + outcome_class(step.outcome)}}, text);
}

Markup step_link(const PastRun& run, std::size_t index) {
  return Markup::element("a", {{"href", "#step-" + std::to_string(index)}}, Markup::text(run.steps[index].title()));
}

// ---- summary -------------------------------------------------------------------------------------------------------

PastOutcome outcome_of_run(const PastRun& run) {
  if (run.record.outcome == "succeeded") return PastOutcome::ran;
  if (run.record.outcome == "failed") return PastOutcome::failed;
  return run.record.outcome == "interrupted" ? PastOutcome::stopped : PastOutcome::unfinished;
}

std::string words_for_run(const PastRun& run) {
  if (run.goes_on()) return "had not ended";
  return run.record.outcome == "crashed" ? "was killed" : run.record.outcome;
}

Markup fact(const std::string& value, const std::string& name, const std::string& style = "") {
  return Markup::element("li", {{"class", style}}, Markup::element("b", {}, Markup::text(value)) + Markup::text(name)) + Markup::verbatim("\n");
}

Markup facts(const PastRun& run) {
  const bool has_ended = !run.goes_on() && run.record.outcome != "crashed";
  const std::string until_when = has_ended ? "in all" : run.goes_on() ? "so far" : "until the end of its log";
  Markup list = fact(duration_text(has_ended ? run.record.duration : run.length), until_when);
  if (!run.has_log) {
    list += fact(std::to_string(run.record.cached), "cached", "cached");
    return Markup::element("ul", {{"class", "facts"}}, list);
  }
  for (const PastOutcome outcome : {PastOutcome::failed, PastOutcome::ran, PastOutcome::cached, PastOutcome::skipped, PastOutcome::stopped,
                                    PastOutcome::not_reached, PastOutcome::unfinished, PastOutcome::unknown}) {
    const std::size_t count = run.count(outcome);
    const bool always_shown = outcome == PastOutcome::ran || outcome == PastOutcome::cached;
    if (count > 0 || always_shown) list += fact(std::to_string(count), std::string(outcome_word(outcome)), outcome_class(outcome));
  }
  return Markup::element("ul", {{"class", "facts"}}, list);
}

std::string what_is_missing(const PastRun& run) {
  if (run.took_all_from_cache()) return "Everything came from the cache: nothing that the run depends on had changed, so no step ran.";
  if (!run.has_log) return "The run ended before any step had started.";
  if (run.goes_on()) return "It was still going on when this was written: steps marked as unknown came from the cache, or have not begun.";
  if (!run.is_whole) return "The event log ends before the run did: of the steps marked as unknown it does not say what became of them.";
  return "";
}

Markup summary(const PastRun& run) {
  const PastOutcome outcome = outcome_of_run(run);
  const Markup mark = Markup::element("span", {{"class", "outcome " + outcome_class(outcome)}},
                                      Markup::text(std::string(outcome_symbol(outcome)) + ' ' + words_for_run(run)));
  Markup result = Markup::element("h1", {}, Markup::text(run.record.pipeline + ' ') + mark) + Markup::verbatim("\n");
  result += Markup::element("p", {{"class", "quiet"}},
                            Markup::text("run " + run.record.run + ", started " + moment_text(run.record.started) + ", " + run.record.file));
  result += Markup::element("p", {}, Markup::element("code", {}, Markup::text(run.record.command))) + facts(run);
  if (const std::string missing = what_is_missing(run); !missing.empty()) result += paragraph(missing);
  return Markup::element("header", {}, result) + Markup::verbatim("\n");
}

// ---- failures and warnings -----------------------------------------------------------------------------------------

Markup preformatted(const std::string& text) {
  return text.empty() ? Markup() : Markup::element("pre", {}, Markup::text(clean_text(text)));
}

Markup failure(const PastRun& run, std::size_t index) {
  const PastStep& step = run.steps[index];
  std::string fact = outcome_text(step);
  if (step.has_begun()) fact += " after " + duration_text(step.duration);
  if (step.attempts.size() > 1) fact += " (attempt " + std::to_string(step.attempts.size()) + ')';
  Markup content = Markup::element("p", {}, Markup::element("b", {}, step_link(run, index)) + Markup::text(' ' + fact));
  if (!step.error.message.empty()) content += paragraph(step.error.message);
  if (!step.place.empty()) content += paragraph("at " + step.place, "quiet");
  content += preformatted(step.error.detail) + preformatted(step.log_tail);
  if (!step.error.hint.empty()) content += paragraph("hint: " + step.error.hint, "quiet");
  return Markup::element("div", {{"class", "failure"}}, content) + Markup::verbatim("\n");
}

/// What is said below a list that not everything has found its place in.
Markup more(std::size_t all, std::size_t most) {
  return all <= most ? Markup() : paragraph("and " + std::to_string(all - most) + " more", "note");
}

Markup failures(const PastRun& run) {
  Markup content;
  std::size_t count = 0;
  for (std::size_t index = 0; index < run.steps.size(); ++index) {
    const bool goes_on = run.goes_on() && run.steps[index].outcome == PastOutcome::unfinished;
    if (run.steps[index].ended_badly() && !goes_on && ++count <= most_failures) content += failure(run, index);
  }
  return content.empty() ? Markup() : section("What went wrong", content + more(count, most_failures));
}

Markup warnings(const PastRun& run) {
  Markup items;
  std::size_t count = 0;
  for (std::size_t index = 0; index < run.steps.size(); ++index) {
    for (const std::string& warning : run.steps[index].warnings) {
      if (++count > most_rows) continue;
      items += Markup::element("li", {}, step_link(run, index) + Markup::text(": " + warning)) + Markup::verbatim("\n");
    }
  }
  return items.empty() ? Markup() : section("Warnings", Markup::element("ul", {}, items) + more(count, most_rows));
}

// ---- graph and steps -----------------------------------------------------------------------------------------------

Markup names_of(const PastRun& run, const std::vector<std::size_t>& steps) {
  constexpr std::size_t most_named = 10;
  Markup result;
  for (std::size_t place = 0; place < std::min(steps.size(), most_named); ++place) {
    result += Markup::text(place == 0 ? "" : ", ") + step_link(run, steps[place]);
  }
  if (steps.size() > most_named) result += Markup::text(" and " + std::to_string(steps.size() - most_named) + " more");
  return result;
}

Markup graph(const PastRun& run) {
  if (run.steps.empty()) return {};
  if (const auto drawing = graph_drawing(run)) return section("Graph", Markup::element("div", {{"class", "scroll"}}, *drawing));
  HtmlTable table({"step", "comes after"});
  for (std::size_t index = 0; index < std::min(run.steps.size(), most_rows); ++index) {
    table.add({step_link(run, index), names_of(run, run.steps[index].after)}, {{"class", outcome_class(run.steps[index].outcome)}});
  }
  std::string note = "With " + counted(run.steps.size(), "step") + " the graph is too large for a drawing; this is what each comes after.";
  if (run.steps.size() > most_rows) note += " The first " + std::to_string(most_rows) + " are listed.";
  return section("Graph", paragraph(note, "note") + Markup::element("div", {{"class", "scroll"}}, table.markup()));
}

/// A step that is not reached comes after one that ended badly, or the run ended first.
std::string why_not_reached(const PastRun& run, const PastStep& step) {
  const auto cause = std::find_if(step.after.begin(), step.after.end(), [&](std::size_t before) {
    return run.steps[before].ended_badly() || run.steps[before].outcome == PastOutcome::not_reached;
  });
  if (cause == step.after.end()) return "the run ended before";
  return "it comes after `" + run.steps[*cause].title() + "`: " + outcome_text(run.steps[*cause]);
}

std::string why(const PastRun& run, const PastStep& step) {
  switch (step.outcome) {
    case PastOutcome::cached: return "nothing that it depends on has changed";
    case PastOutcome::skipped: return "its `when` does not hold";
    case PastOutcome::not_reached: return why_not_reached(run, step);
    default: return step.is_requirement() ? step.error.message : step.reason;
  }
}

void add_row(HtmlTable& table, const PastRun& run, std::size_t index) {
  const PastStep& step = run.steps[index];
  const auto shown = [&](const std::string& text) { return Markup::text(step.has_begun() ? text : ""); };
  const std::string attempts = step.attempts.size() > 1 ? " (attempt " + std::to_string(step.attempts.size()) + ')' : "";
  table.add({Markup::element("b", {}, Markup::text(step.title())), Markup::text(step.is_requirement() ? step.kind() : std::string_view(step.stage)),
             outcome_mark(step), shown(step.has_begun() ? duration_text(step.began()) : ""), shown(duration_text(step.duration) + attempts),
             Markup::text(why(run, step))},
            {{"id", "step-" + std::to_string(index)}, {"class", outcome_class(step.outcome)}});
}

/// Those that came from the cache are the first to be left out where there are too many.
Markup steps(const PastRun& run) {
  if (run.steps.empty()) return {};
  std::size_t room_for_cached = most_rows - std::min(most_rows, run.steps.size() - run.count(PastOutcome::cached));
  std::size_t rows = 0;
  HtmlTable table({"step", "stage", "outcome", "began at", "took", "why"});
  for (std::size_t index = 0; index < run.steps.size() && rows < most_rows; ++index) {
    const bool is_cached = run.steps[index].outcome == PastOutcome::cached;
    if (is_cached && room_for_cached == 0) continue;
    if (is_cached) --room_for_cached;
    add_row(table, run, index);
    ++rows;
  }
  Markup note;
  if (rows < run.steps.size()) note = paragraph(std::to_string(rows) + " of " + counted(run.steps.size(), "step") + " are listed.", "note");
  return section("Steps", note + table.markup());
}

// ---- what came out -------------------------------------------------------------------------------------------------

Markup outputs(const PastRun& run) {
  HtmlTable table({"of", "output", "value"});
  std::size_t count = 0;
  const auto add = [&](const Markup& owner, const PastValue& output) {
    if (++count > most_rows) return;
    table.add({owner, Markup::text(output.name), Markup::element("code", {}, Markup::text(output.text))});
  };
  for (const PastValue& output : run.outputs) add(Markup::text("the pipeline"), output);
  for (std::size_t index = 0; index < run.steps.size(); ++index) {
    for (const PastValue& output : run.steps[index].outputs) add(step_link(run, index), output);
  }
  return table.empty() ? Markup() : section("Outputs", table.markup() + more(count, most_rows));
}

// ---- the page ------------------------------------------------------------------------------------------------------

/// Nothing from elsewhere and no scripts, and the browser is told to hold the page to that.
constexpr std::string_view head =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";

}  // namespace

std::string html_report(const PastRun& run) {
  const Markup title = Markup::element("title", {}, Markup::text(run.record.pipeline + ", run " + run.record.run));
  const Markup style = Markup::element("style", {}, Markup::verbatim(report_style()));
  Markup body = summary(run) + failures(run) + warnings(run) + graph(run);
  if (run.has_log) body += section("Timeline", timeline(run));
  body += steps(run) + outputs(run);
  return "<!DOCTYPE html>\n" +
         Markup::element("html", {{"lang", "en"}},
                         Markup::verbatim("\n") + Markup::element("head", {}, Markup::verbatim(head) + title + style) + Markup::verbatim("\n") +
                             Markup::element("body", {}, Markup::verbatim("\n") + body))
             .string() +
         '\n';
}

}  // namespace sdlrun::cli
