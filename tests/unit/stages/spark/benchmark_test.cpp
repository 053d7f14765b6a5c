// What a benchmark makes of its times: combinations, statistics, the table.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "stages/spark/benchmark/matrix.hpp"
#include "stages/spark/benchmark/pod_time.hpp"
#include "stages/spark/benchmark/statistics.hpp"
#include "stages/spark/benchmark/table.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::spark;

namespace {

constexpr std::int64_t gib = 1LL << 30;

dsl::Value numbers(const std::vector<std::int64_t>& values) {
  dsl::List list;
  for (const std::int64_t value : values) list.push_back(dsl::Value::integer(value));
  return dsl::Value::list(std::move(list));
}

dsl::Value sizes(const std::vector<std::int64_t>& values) {
  dsl::List list;
  for (const std::int64_t value : values) list.push_back(dsl::Value(dsl::Value::Data(dsl::Size{value})));
  return dsl::Value::list(std::move(list));
}

Row row(const std::string& cluster, Combination combination, const std::vector<double>& seconds) {
  Row made{.cluster = cluster, .combination = combination};
  for (const double each : seconds) made.runs.push_back({.seconds = each, .start = each / 10});
  return made;
}

}  // namespace

TEST_CASE("a matrix gives each value with each other, the smallest combination first") {
  const auto all = combinations_of(dsl::Value::record({{"executors", numbers({4, 1})}, {"cores", numbers({2, 1})}, {"memory", sizes({2 * gib, gib})}}));
  REQUIRE(all);
  REQUIRE(all->size() == 8);
  CHECK(all->front() == Combination{.executors = 1, .cores = 1, .memory = gib});
  CHECK((*all)[1] == Combination{.executors = 1, .cores = 1, .memory = 2 * gib});
  CHECK(all->back() == Combination{.executors = 4, .cores = 2, .memory = 2 * gib});
  CHECK(text_of(all->front()) == "1 executor x 1 core, 1GiB");
  CHECK(text_of(all->back()) == "4 executors x 2 cores, 2GiB");
}

TEST_CASE("an axis that is left out has a default") {
  const auto all = combinations_of(dsl::Value::record({{"executors", dsl::Value()}}));
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(all->back() == Combination{.executors = 2, .cores = 1, .memory = gib});
}

TEST_CASE("an axis that makes no sense is named") {
  CHECK(combinations_of(dsl::Value::record({{"cores", numbers({})}})).error().message == "`cores` of `matrix` is empty, so that there is nothing to run");
  CHECK(combinations_of(dsl::Value::record({{"executors", numbers({2, 2})}})).error().message == "`executors` of `matrix` has 2 twice");
  CHECK(combinations_of(dsl::Value::record({{"memory", sizes({gib / 4})}})).error().message == "`memory` of `matrix` has 256MiB, and Spark does not start with less than 512MiB");
}

TEST_CASE("the median is the middle, or what lies between the two in the middle") {
  CHECK(median_of({3}) == 3);
  CHECK(median_of({9, 1, 2}) == 2);
  CHECK(median_of({4, 1, 2, 100}) == 3);
}

TEST_CASE("speed-up and efficiency are beside the smallest combination of the same cluster") {
  std::vector<Row> rows{row("a", {.executors = 4, .cores = 1, .memory = gib}, {4, 5, 6}), row("a", {.executors = 1, .cores = 1, .memory = 2 * gib}, {8, 8, 8}),
                        row("a", {.executors = 1, .cores = 1, .memory = gib}, {10, 9, 30}), row("b", {.executors = 2, .cores = 2, .memory = gib}, {2, 2, 2}),
                        row("b", {.executors = 4, .cores = 2, .memory = gib}, {1, 1, 1})};
  evaluate(rows, std::nullopt);
  CHECK(rows[2].is_baseline);
  CHECK(rows[2].median == 10);
  CHECK(rows[2].least == 9);
  CHECK(rows[2].most == 30);
  CHECK(*rows[2].start == 1);
  CHECK(rows[2].speed_up == 1);
  CHECK(rows[2].efficiency == 1);
  CHECK(rows[0].speed_up == 2);
  CHECK(rows[0].efficiency == 0.5);
  CHECK(rows[1].speed_up == 1.25);
  CHECK_FALSE(rows[1].is_baseline);
  CHECK(rows[3].is_baseline);
  CHECK(rows[4].speed_up == 2);
  CHECK(rows[4].efficiency == 1);
  CHECK(fastest(rows) == &rows[4]);
  CHECK(cheapest(rows) == &rows[4]);  // 8 core-seconds as the other of its cluster, and faster
  CHECK_FALSE(rows[0].cost.has_value());
}

TEST_CASE("a cost is that of cores and memory for the median time") {
  std::vector<Row> rows{row("a", {.executors = 2, .cores = 3, .memory = 2 * gib}, {1800})};
  evaluate(rows, Price{.core_hour = 0.5, .gib_hour = 0.25, .currency = "EUR"});
  CHECK(rows[0].core_seconds == 6 * 1800);
  CHECK(rows[0].gib_seconds == 4 * 1800);
  CHECK(*rows[0].cost == doctest::Approx(6 * 0.5 * 0.5 + 4 * 0.5 * 0.25));
}

TEST_CASE("what did not fit is a row, and is compared with nothing") {
  std::vector<Row> rows{{.cluster = "a", .combination = {.executors = 1, .cores = 1, .memory = gib}, .no_room = "no room"}, row("a", {.executors = 2, .cores = 1, .memory = gib}, {3})};
  evaluate(rows, std::nullopt);
  CHECK(rows[1].is_baseline);
  CHECK(fastest(rows) == &rows[1]);
  const Table table = table_of(rows, std::nullopt);
  CHECK(table.rows[0].back() == "did not fit");
  CHECK(table.rows[1].back() == "baseline");
  CHECK(csv_text(table) ==
        "cluster,executors,cores,memory,runs,median_s,least_s,most_s,start_s,speed_up,efficiency,core_seconds,gib_seconds,note\r\n"
        "a,1,1,1GiB,0,,,,,,,,,did not fit\r\n"
        "a,2,1,1GiB,1,3.000,3.000,3.000,0.3,1.00,1.00,6,6,baseline\r\n");
  rows[1].no_room = "neither";
  CHECK(fastest(rows) == nullptr);
}

TEST_CASE("names with commas and quotes are one cell of CSV") {
  CHECK(csv_text({.columns = {{"a", "a"}, {"b", "b"}}, .rows = {{"x, \"y\"", "plain"}}}) == "a,b\r\n\"x, \"\"y\"\"\",plain\r\n");
}

TEST_CASE("a table for the log has its columns below each other") {
  const auto lines = text_lines({.columns = {{"c", "cluster"}, {"n", "runs"}, {"note", "note"}}, .rows = {{"Zürich", "3", "baseline"}, {"b", "10", ""}}});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "cluster  runs  note");
  CHECK(lines[1] == "Zürich      3  baseline");
  CHECK(lines[2] == "b          10");
}

TEST_CASE("numbers have the digits that tell them apart") {
  CHECK(rounded(0.00042) == "0.00042");
  CHECK(rounded(0.371) == "0.371");
  CHECK(rounded(12.5) == "12.5");
  CHECK(rounded(1234.5) == "1234");
  CHECK(rounded(0) == "0");
  CHECK(rounded(2) == "2");
}

TEST_CASE("a driver's Pod tells how long its script ran, to a millisecond, or its container, in whole seconds") {
  nlohmann::json pod = nlohmann::json::parse(R"({
    "metadata": {"creationTimestamp": "2026-11-29T08:00:00Z"},
    "status": {"containerStatuses": [{"name": "spark-kubernetes-driver", "state": {"terminated": {
      "exitCode": 0, "startedAt": "2026-11-29T08:00:05Z", "finishedAt": "2026-11-29T08:00:35Z", "message": "{\"began\": 1795939207.5, \"seconds\": 26.125}"}}}]}})");
  const auto own = time_told_by(pod);
  REQUIRE(own);
  CHECK(own->seconds == 26.125);
  CHECK(*own->start == doctest::Approx(7.5));
  nlohmann::json& last = pod["status"]["containerStatuses"][0]["state"]["terminated"];
  last["message"] = "killed <by> {nobody";
  const auto containers = time_told_by(pod);
  REQUIRE(containers);
  CHECK(containers->seconds == 30);
  CHECK(*containers->start == 5);
  last.erase("finishedAt");
  CHECK(time_told_by(pod).error().message == "the driver's Pod does not say how long it ran");
  CHECK_FALSE(time_told_by(nlohmann::json()));
}
