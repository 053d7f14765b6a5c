#include "cli/history/timeline.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/history/graph_drawing.hpp"
#include "cli/history/lanes.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"

namespace sdlrun::cli {

namespace {

using engine::Markup;

using engine::Milliseconds;

constexpr std::size_t most_labelled_rows = 300;
constexpr std::size_t most_bars = 5000;

std::string percent(Milliseconds part, Milliseconds whole) {
  const double share = whole.count() == 0 ? 0 : 100.0 * static_cast<double>(part.count()) / static_cast<double>(whole.count());
  std::array<char, 32> text{};
  const auto [end, problem] = std::to_chars(text.data(), text.data() + text.size(), share, std::chars_format::fixed, 3);
  return std::string(text.data(), end) + '%';
}

/// A round distance between the marks of the axis, so that there are five at most.
Milliseconds tick_distance(Milliseconds length) {
  constexpr std::int64_t second = 1000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::array<std::int64_t, 28> round = {
      1,           2,           5,           10,          20,          50,        100,       200,       500,          second,
      2 * second,  5 * second,  10 * second, 15 * second, 30 * second, minute,    2 * minute, 5 * minute, 10 * minute, 15 * minute,
      30 * minute, hour,        2 * hour,    3 * hour,    6 * hour,    12 * hour, 24 * hour, 72 * hour};
  const auto fits = [&](std::int64_t distance) { return length.count() / distance <= 5; };
  const auto found = std::find_if(round.begin(), round.end(), fits);
  return Milliseconds(found == round.end() ? std::max<std::int64_t>(length.count(), 1) : *found);
}

class Timeline {
 public:
  explicit Timeline(const PastRun& run) : run_(run), length_(std::max(run.length, Milliseconds(1))) {
    for (std::size_t index = 0; index < run.steps.size(); ++index) {
      if (run.steps[index].has_begun()) begun_.push_back(index);
    }
    sort_by([&](const PastStep& step) { return step.began(); });
  }

  Markup drawn() {
    if (begun_.empty()) return Markup::element("p", {}, Markup::text("no step has run"));
    Markup note;
    Markup rows;
    if (begun_.size() <= most_labelled_rows) {
      for (const std::size_t index : begun_) rows += row(run_.steps[index].title(), index, bars(index));
    } else {
      note = shorten();
      rows = lane_rows();
    }
    return note + Markup::element("div", {{"class", "timeline"}}, axis() + rows);
  }

 private:
  template <typename Projection>
  void sort_by(Projection projection) {
    std::stable_sort(begun_.begin(), begun_.end(), [&](std::size_t left, std::size_t right) {
      return projection(run_.steps[left]) < projection(run_.steps[right]);
    });
  }

  /// Leaves the longest, and says so.
  Markup shorten() {
    const std::size_t all = begun_.size();
    std::string text = counted(all, "step") + " ran: each row holds those that ran one after the other.";
    if (all > most_bars) {
      sort_by([](const PastStep& step) { return step.began() - step.ended(); });
      begun_.resize(most_bars);
      sort_by([](const PastStep& step) { return step.began(); });
      text += " Only the " + std::to_string(most_bars) + " longest are drawn.";
    }
    return Markup::element("p", {{"class", "note"}}, Markup::text(text));
  }

  Markup lane_rows() const {
    std::vector<Interval> intervals;
    for (const std::size_t index : begun_) intervals.push_back({run_.steps[index].began(), run_.steps[index].ended()});
    const std::vector<std::size_t> lanes = lanes_of(intervals);
    std::vector<Markup> contents(1 + *std::max_element(lanes.begin(), lanes.end()));
    for (std::size_t place = 0; place < begun_.size(); ++place) contents[lanes[place]] += bars(begun_[place]);
    Markup rows;
    for (std::size_t lane = 0; lane < contents.size(); ++lane) {
      rows += Markup::element("div", {{"class", "row"}}, Markup::element("span", {}, Markup::text(std::to_string(lane + 1))) + track(contents[lane]));
    }
    return rows;
  }

  static Markup row(const std::string& name, std::size_t index, const Markup& content) {
    return Markup::element("div", {{"class", "row"}},
                           Markup::element("a", {{"href", "#step-" + std::to_string(index)}, {"title", name}}, Markup::text(name)) + track(content)) +
           Markup::verbatim("\n");
  }

  static Markup track(const Markup& content) { return Markup::element("div", {{"class", "track"}}, content); }

  Markup bars(std::size_t index) const {
    const PastStep& step = run_.steps[index];
    Markup result;
    for (std::size_t attempt = 0; attempt < step.attempts.size(); ++attempt) {
      const bool is_last = attempt + 1 == step.attempts.size();
      const PastAttempt& tried = step.attempts[attempt];
      std::string title = step.title() + ": " + std::string(outcome_word(is_last ? step.outcome : PastOutcome::failed));
      if (step.attempts.size() > 1) title += ", attempt " + std::to_string(attempt + 1);
      title += '\n' + duration_text(tried.ended - tried.began) + ", from " + duration_text(tried.began);
      result += Markup::element("a", {{"class", "bar " + outcome_class(is_last ? step.outcome : PastOutcome::failed)},
                                      {"href", "#step-" + std::to_string(index)},
                                      {"title", title},
                                      {"style", "left:" + percent(tried.began, length_) + ";width:" + percent(tried.ended - tried.began, length_)}});
    }
    return result;
  }

  Markup axis() const {
    const Milliseconds distance = tick_distance(length_);
    Markup ticks;
    for (Milliseconds at(0); at <= length_; at += distance) {
      ticks += Markup::element("span", {{"style", "left:" + percent(at, length_)}}, Markup::text(duration_text(at)));
    }
    return Markup::element("div", {{"class", "row axis"}}, Markup::element("span") + track(ticks)) + Markup::verbatim("\n");
  }

  const PastRun& run_;
  Milliseconds length_;
  std::vector<std::size_t> begun_;  // steps, by when they began
};

}  // namespace

Markup timeline(const PastRun& run) { return Timeline(run).drawn(); }

}  // namespace sdlrun::cli
