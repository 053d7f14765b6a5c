// The stage spark.benchmark.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

#include "engine/world/world.hpp"
#include "stages/image/image_reference.hpp"
#include "stages/spark/benchmark/report.hpp"
#include "stages/spark/benchmark/rounds.hpp"
#include "stages/spark/benchmark/table.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;

namespace {

constexpr const char* row_type =
    "{ cluster: string, executors: int, cores: int, memory: size, fits: bool, runs: int, time: duration?, least: duration?, most: duration?, speed_up: float?, efficiency: float?, core_seconds: float?, gib_seconds: float?, cost: float? }";
constexpr const char* best_type =
    "{ cluster: string, executors: int, cores: int, memory: size, time: duration, speed_up: float, efficiency: float, core_seconds: float, gib_seconds: float, cost: float? }";

dsl::Value number(double value) { return dsl::Value(dsl::Value::Data(value)); }
dsl::Value duration(double seconds) { return dsl::Value(dsl::Value::Data(dsl::Duration{static_cast<std::int64_t>(seconds * 1000 + 0.5)})); }
dsl::Value file(const std::filesystem::path& path) { return dsl::Value(dsl::Value::Data(dsl::FileValue{path.string(), ""})); }

dsl::Fields combination_fields(const Row& row) {
  return {{"cluster", dsl::Value::text(row.cluster)},
          {"executors", dsl::Value::integer(row.combination.executors)},
          {"cores", dsl::Value::integer(row.combination.cores)},
          {"memory", dsl::Value(dsl::Value::Data(dsl::Size{row.combination.memory}))}};
}

void add_costs(dsl::Fields& fields, const Row& row) {
  fields.emplace_back("core_seconds", row.fits() ? number(row.core_seconds) : dsl::Value());
  fields.emplace_back("gib_seconds", row.fits() ? number(row.gib_seconds) : dsl::Value());
  fields.emplace_back("cost", row.cost ? number(*row.cost) : dsl::Value());
}

dsl::Value row_value(const Row& row) {
  dsl::Fields fields = combination_fields(row);
  fields.emplace_back("fits", dsl::Value::boolean(row.fits()));
  fields.emplace_back("runs", dsl::Value::integer(static_cast<std::int64_t>(row.runs.size())));
  for (const auto& [name, seconds] : {std::pair("time", row.median), std::pair("least", row.least), std::pair("most", row.most)}) {
    fields.emplace_back(name, row.fits() ? duration(seconds) : dsl::Value());
  }
  fields.emplace_back("speed_up", row.fits() ? number(row.speed_up) : dsl::Value());
  fields.emplace_back("efficiency", row.fits() ? number(row.efficiency) : dsl::Value());
  add_costs(fields, row);
  return dsl::Value::record(std::move(fields));
}

dsl::Value best_value(const Row& row) {
  dsl::Fields fields = combination_fields(row);
  fields.emplace_back("time", duration(row.median));
  fields.emplace_back("speed_up", number(row.speed_up));
  fields.emplace_back("efficiency", number(row.efficiency));
  add_costs(fields, row);
  return dsl::Value::record(std::move(fields));
}

std::optional<Price> price_in(const engine::StageInputs& inputs) {
  if (!inputs.has("price")) return std::nullopt;
  const dsl::Value &price = inputs["price"], *currency = price.find("currency");
  const bool has_currency = currency != nullptr && !currency->is_none();
  return Price{.core_hour = *price.find("core_hour")->as<double>(), .gib_hour = *price.find("gib_hour")->as<double>(), .currency = has_currency ? dsl::plain_text(*currency) : ""};
}

/// What the matrix says, a property must not.
Result<void> check_conf(const dsl::Value& conf) {
  constexpr std::array<std::string_view, 5> said{"spark.executor.instances", "spark.executor.cores", "spark.executor.memory", "spark.cores.max", "spark.dynamicAllocation.enabled"};
  for (const auto& [name, value] : *conf.as_fields()) {
    if (std::find(said.begin(), said.end(), name) == said.end()) continue;
    return engine::failure("`conf` sets `" + name + "`, which a benchmark varies", "say it in `matrix`");
  }
  return {};
}

Result<void> check_price(const dsl::Value& price) {
  for (const char* name : {"core_hour", "gib_hour"}) {
    const double amount = *price.find(name)->as<double>();
    if (!(amount >= 0)) return engine::failure("`" + std::string(name) + "` of `price` is " + rounded(amount), "a price is 0 or more");
  }
  return {};
}

Result<void> check_clusters(const dsl::Value& clusters) {
  if (clusters.as_fields()->empty()) return engine::failure("`clusters` is empty, so that there is nowhere to run", "name at least one, as in { \"here\": cluster.spark }");
  return {};
}

class SparkBenchmark final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    const auto find = [&](std::string_view name) -> const dsl::Value* {
      for (const auto& [each, value] : known) {
        if (each == name) return &value;
      }
      return nullptr;
    };
    const dsl::Value *app = find("app"), *matrix = find("matrix"), *warm_up = find("warm_up"), *repetitions = find("repetitions");
    const bool has_file = app != nullptr && app->as<dsl::FileValue>() != nullptr;
    const std::string what = "measure " + (has_file ? std::filesystem::path(dsl::plain_text(*app)).filename().string() : std::string("the application")) + " on Spark";
    const auto combinations = matrix != nullptr ? combinations_of(*matrix) : engine::failure("");
    if (!combinations || warm_up == nullptr || repetitions == nullptr) return what;
    return what + ": " + std::to_string(combinations->size()) + " combinations, " + std::to_string(*warm_up->as<std::int64_t>() + *repetitions->as<std::int64_t>()) + " runs of each";
  }

  std::vector<engine::InputMistake> mistakes(const engine::KnownInputs& known) const override {
    std::vector<engine::InputMistake> found;
    const auto check = [&](const char* input, const auto& look) {
      const auto value = known(input);
      if (!value || value->is_none()) return;
      if (const auto fine = look(*value); !fine) found.push_back({.input = input, .message = fine.error().message, .hint = fine.error().hint});
    };
    check("clusters", check_clusters);
    check("matrix", combinations_of);
    check("conf", check_conf);
    check("price", check_price);
    return found;
  }

  /// Jobs in a cluster; runs on this machine end with the run.
  bool starts_outside(const dsl::Fields& inputs) const override {
    for (const auto& [name, value] : inputs) {
      if (name != "clusters" || value.as_fields() == nullptr) continue;
      for (const auto& [cluster, handle] : *value.as_fields()) {
        if (is_on_kubernetes(handle)) return true;
      }
    }
    return false;
  }

  /// A machine's times are its own.
  std::vector<std::pair<std::string, std::string>> key_parts(const dsl::Fields& inputs) const override {
    for (const auto& [name, value] : inputs) {
      if (name != "clusters" || value.as_fields() == nullptr) continue;
      for (const auto& [cluster, handle] : *value.as_fields()) {
        if (!is_on_kubernetes(handle)) return {{"machine", machine_name()}};
      }
    }
    return {};
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const engine::StageInputs& inputs = context.inputs();
    for (const Result<void>& fine : {check_clusters(inputs["clusters"]), check_conf(inputs["conf"]), inputs.has("price") ? check_price(inputs["price"]) : Result<void>()}) {
      if (!fine) co_return tl::unexpected(fine.error());
    }
    Task<Result<std::vector<Row>>> measuring = measure(context);
    Result<std::vector<Row>> rows = co_await measuring;
    if (!rows) co_return tl::unexpected(rows.error());
    Benchmark benchmark{.application = application_of(inputs), .measured_on = "measured on " + moment(context) + " by sdlrun on " + machine_name(), .warm_up = inputs.integer("warm_up"), .repetitions = inputs.integer("repetitions"), .price = price_in(inputs), .rows = std::move(*rows)};
    evaluate(benchmark.rows, benchmark.price);
    co_return outputs_of(context, benchmark);
  }

 private:
  static std::string machine_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("this machine");
  }

  static std::string moment(engine::StageContext& context) {
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(context.world().clock.wall()).count();
    std::tm parts{};
    std::array<char, 64> text{};
    ::gmtime_r(&seconds, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d at %H:%M UTC", &parts)};
  }

  static std::string application_of(const engine::StageInputs& inputs) {
    if (inputs.has("class")) return inputs.text("class");
    return std::filesystem::path(inputs.text(inputs.has("app") ? "app" : "in_image")).filename().string();
  }

  static Result<engine::StageOutputs> outputs_of(engine::StageContext& context, const Benchmark& benchmark) {
    const Table table = table_of(benchmark.rows, benchmark.price);
    for (const std::string& line : text_lines(table)) context.log(line);
    const std::filesystem::path csv = context.work_directory() / "benchmark.csv", html = context.work_directory() / "benchmark.html";
    if (auto written = context.world().files.write(csv, csv_text(table)); !written) return tl::unexpected(written.error());
    if (auto written = context.world().files.write(html, html_report(benchmark)); !written) return tl::unexpected(written.error());
    dsl::List results;
    for (const Row& row : benchmark.rows) results.push_back(row_value(row));
    return engine::StageOutputs{{"report", file(html)}, {"table", file(csv)}, {"results", dsl::Value::list(std::move(results))}, {"fastest", best_value(*fastest(benchmark.rows))}, {"cheapest", best_value(*cheapest(benchmark.rows))}};
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("spark", "benchmark", "Measures an application over executors, cores and memory.")
          .doc("Each combination of `matrix` runs `warm_up` times without being counted, then `repetitions` times, on each of `clusters`: one run after the other, in rounds, so that whatever changes slowly meets all combinations alike. "
               "The application is given as to `spark.submit`; it leaves no outputs.\n\n"
               "The time is the script's own, from its first line to its end, by its driver's clock: a session's start and the wait for executors are part of it, the start of the driver is not. An application of Java is timed by its process, on "
               "Kubernetes by its container in whole seconds. Spark begins to work when all executors are there (`spark.scheduler.minRegisteredResourcesRatio`).\n\n"
               "On this machine executors are processes of their own (Spark's `local-cluster`); the memory of `spark.local` is the driver's, and a combination that takes more cores than `spark.local` has does not fit. "
               "On Kubernetes each run is a job that is started once: a benchmark that was killed goes on with the run that it was at. A combination for which there is no room within `start_timeout` did not fit, and is a row "
               "of the table; any other failure is the step's. On this machine a benchmark that was killed begins anew.\n\n"
               "Speed-up and efficiency are beside the smallest combination of the same cluster. Costs are those of the executors' cores and memory for the median time, without the driver.\n\n"
               "Results are kept as those of any step: it runs again when an input changes, on another machine (where that is a cluster), and by `sdlrun clean`.")
          .example("step speed = spark.benchmark {\n"
                   "  clusters = { \"here\": cluster.spark }\n"
                   "  python = python.env\n"
                   "  app = \"train.py\"\n"
                   "  matrix = { executors: [1, 2, 4], memory: [1GiB, 2GiB] }\n"
                   "  price = { core_hour: 0.04, gib_hour: 0.005, currency: \"USD\" }\n"
                   "}")
          .input("clusters", "{string: spark.cluster}", "Where it runs, by the name that stands in the table: of `spark.local` and `spark.kubernetes`.")
          .input("matrix", "{ executors: [int(1..10000)]?, cores: [int(1..1024)]?, memory: [size]? }", "What is varied: how many executors (`[1, 2]`), cores of each (`[1]`) and memory of each one's Java (`[1GiB]`).", "{}")
          .input("warm_up", "int(0..100)", "How often each combination runs before it counts.", "1")
          .input("repetitions", "int(1..1000)", "How often it runs and counts.", "3")
          .input("price", "{ core_hour: float, gib_hour: float, currency: string? }?", "What a core and a GiB of memory cost an hour; none: core-seconds and GiB-seconds are told.", "none")
          .input("python", "python.environment?", "On this machine: an environment with pyspark and what the script imports.", "none")
          .input("image", std::string(image::reference_or_name) + '?', "On Kubernetes: the image, as `image.push` and `image.load` give it, or the name under which the nodes find it.", "none")
          .input("app", "file?", "The script; none: an application of `class`, or one `in_image`.", "none")
          .input("in_image", "string?", "On Kubernetes: the script's path in the image, in place of `app`.", "none")
          .input("class", "string?", "The main class of an application in Java or Scala.", "none")
          .input("jars", "[file]", "On this machine: jars; with `class`, the first is the application's.", "[]")
          .input("jars_in_image", "[string]", "On Kubernetes: their paths in the image.", "[]")
          .input("args", "[string | file | dir]", "The application's arguments.", "[]")
          .input("conf", "{string: string}", "Properties of Spark, for all combinations.", "{}")
          .input("py_files", "[file]", "Python files and archives that workers import.", "[]")
          .input("files", "[file | dir]", "Files and folders that the application finds in its folder, by their names.", "[]")
          .input("start_timeout", "duration", "How long a run's driver and executors may wait for a place and an image.", "3m")
          .output("report", "file", "A page with plots and the table, which needs nothing else: HTML.")
          .output("table", "file", "The table, as CSV.")
          .output("results", std::string("[") + row_type + "]", "The same as values. `time` is the median.")
          .output("fastest", best_type, "The combination with the least median.")
          .output("cheapest", best_type, "The one with the least cost; without prices, with the fewest core-seconds.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::spark

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> spark_benchmark_stage() { return std::make_unique<spark::SparkBenchmark>(); }

}  // namespace sdlrun::stages
