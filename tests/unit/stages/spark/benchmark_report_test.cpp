// A benchmark as a page: well-formed, with nothing of others' in it but as text.
#include <doctest/doctest.h>

#include "stages/spark/benchmark/report.hpp"

#include "tests/unit/contains.hpp"

using namespace sdlrun::stages::spark;

namespace {

constexpr std::int64_t gibibyte = 1LL << 30;

Row timed_row(const std::string& cluster, Combination combination, double seconds) {
  return {.cluster = cluster, .combination = combination, .runs = {{.seconds = seconds}, {.seconds = seconds * 1.1}, {.seconds = seconds * 0.9}}};
}

Benchmark benchmark(std::vector<Row> rows, std::optional<Price> price = std::nullopt) {
  evaluate(rows, price);
  return {.application = "pi.py", .measured_on = "now", .warm_up = 1, .repetitions = 3, .price = std::move(price), .rows = std::move(rows)};
}

std::vector<Row> over_executors() {
  return {timed_row("here", {.executors = 1, .cores = 1, .memory = gibibyte}, 8), timed_row("here", {.executors = 2, .cores = 1, .memory = gibibyte}, 5), timed_row("here", {.executors = 4, .cores = 1, .memory = gibibyte}, 3)};
}

/// Whether each element that is opened is closed, in order: enough of XML for what Markup writes.
bool is_balanced(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("time, speed-up, efficiency and cost are plotted over cores") {
  const Benchmark measured = benchmark(over_executors(), Price{.core_hour = 1, .gib_hour = 1, .currency = "EUR"});
  const auto plots = plots_of(measured);
  REQUIRE(plots.size() == 4);
  CHECK(plots[0].title == "Time");
  CHECK(plots[3].y_label == "EUR");
  REQUIRE(plots[0].series.size() == 1);
  CHECK(plots[0].series[0].name == "here");
  CHECK(plots[0].series[0].points[2].x == 4);
  CHECK(*plots[0].series[0].points[0].high == doctest::Approx(8.8));
  REQUIRE(plots[1].ideal.points.size() == 2);
  CHECK(plots[1].ideal.points[1].y == 4);
  CHECK(plots[2].ideal.points[1].y == 1);
}

TEST_CASE("lines are told apart by all that varies but executors") {
  std::vector<Row> rows = over_executors();
  rows.push_back(timed_row("there", {.executors = 1, .cores = 1, .memory = gibibyte}, 9));
  rows.push_back(timed_row("there", {.executors = 1, .cores = 2, .memory = 2 * gibibyte}, 9));
  const auto plots = plots_of(benchmark(rows));
  REQUIRE(plots[0].series.size() == 3);
  CHECK(plots[0].series[0].name == "here, executors of 1 core, 1GiB");
  CHECK(plots[0].series[2].name == "there, executors of 2 cores, 2GiB");
  CHECK(plots[0].series[2].colour == 2);
}

TEST_CASE("where only memory varies, it is what the plots go over") {
  const auto plots = plots_of(benchmark({timed_row("here", {.executors = 2, .cores = 1, .memory = gibibyte}, 8), timed_row("here", {.executors = 2, .cores = 1, .memory = 2 * gibibyte}, 5)}));
  REQUIRE(plots.size() == 2);
  CHECK(plots[0].x_label == "memory of an executor (GiB)");
  CHECK(plots[0].series[0].points[1].x == 2);
  CHECK(plots[1].y_label == "core-seconds");
}

TEST_CASE("what did not fit is in no plot, and is told below") {
  std::vector<Row> rows = over_executors();
  rows.push_back({.cluster = "here", .combination = {.executors = 9, .cores = 1, .memory = gibibyte}, .no_room = "no node has <that>"});
  const Benchmark measured = benchmark(rows);
  CHECK(plots_of(measured)[0].series[0].points.size() == 3);
  CHECK(contains(html_report(measured), "here, 9 executors x 1 core, 1GiB did not fit: no node has &lt;that&gt;"));
}

TEST_CASE("a drawing is well-formed") {
  for (const Plot& plot : plots_of(benchmark(over_executors()))) {
    const std::string svg = plot_markup(plot).string();
    CHECK(is_balanced(svg));
    CHECK(svg.starts_with("<svg class=\"plot\" viewBox=\"0 0 460.0 300.0\""));
    CHECK_FALSE(contains(svg, "nan"));
    CHECK_FALSE(contains(svg, "inf"));
  }
}

TEST_CASE("one combination that took no time at all is drawn too") {
  const std::string page = html_report(benchmark({timed_row("here", {.executors = 1, .cores = 1, .memory = gibibyte}, 0)}));
  CHECK_FALSE(contains(page, "nan"));
  CHECK_FALSE(contains(page, "inf"));
}

TEST_CASE("names become text, and nothing comes from elsewhere") {
  const Benchmark measured = benchmark({timed_row("<script>\"&", {.executors = 1, .cores = 1, .memory = gibibyte}, 8), timed_row("<script>\"&", {.executors = 2, .cores = 1, .memory = gibibyte}, 5)}, Price{.core_hour = 1, .gib_hour = 0, .currency = "<b>"});
  const std::string page = html_report(measured);
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "<b>1"));
  CHECK_FALSE(contains(page, "<b>)"));
  CHECK(contains(page, "&lt;script&gt;&quot;&amp;"));
  CHECK_FALSE(contains(page, "http://"));
  CHECK_FALSE(contains(page, "https://"));
  CHECK(contains(page, "Content-Security-Policy"));
}
