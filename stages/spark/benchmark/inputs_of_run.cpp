#include "stages/spark/benchmark/one_run.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages::spark {

namespace {

std::string mebibytes_of(std::int64_t bytes) { return std::to_string(bytes >> 20); }

void set(dsl::Fields& fields, const std::string& name, dsl::Value value) {
  for (auto& [each, old] : fields) {
    if (each == name) {
      old = std::move(value);
      return;
    }
  }
  fields.emplace_back(name, std::move(value));
}

void set_default(dsl::Fields& fields, const std::string& name, const std::string& text) {
  for (const auto& [each, value] : fields) {
    if (each == name) return;
  }
  fields.emplace_back(name, dsl::Value::text(text));
}

/// Spark's own cluster on one machine: each executor is a process of its own.
dsl::Value cluster_here(const dsl::Value& cluster, const Combination& combination) {
  const std::string master = "local-cluster[" + std::to_string(combination.executors) + ',' + std::to_string(combination.cores) + ',' + mebibytes_of(combination.memory) + ']';
  return dsl::Value::handle(spark_cluster_type, master, {{"master", dsl::Value::text(master)}, {"memory", *cluster.find("memory")}});
}

dsl::Value cluster_elsewhere(const dsl::Value& cluster, const Combination& combination) {
  KubernetesCluster changed = cluster_in(cluster);
  changed.sizes["spark.executor.instances"] = std::to_string(combination.executors);
  changed.sizes["spark.executor.cores"] = std::to_string(combination.cores);
  changed.sizes["spark.executor.memory"] = mebibytes_of(combination.memory) + 'm';
  return cluster_value(changed);
}

/// The work is to begin when all executors are there: with fewer, the time would be that of another combination. A little longer than we wait for
/// them ourselves, so that it is we who give up.
void await_executors(dsl::Fields& conf, const engine::StageInputs& benchmark) {
  constexpr std::int64_t longer = 60'000;
  set_default(conf, "spark.scheduler.minRegisteredResourcesRatio", "1.0");
  set_default(conf, "spark.scheduler.maxRegisteredResourcesWaitingTime", std::to_string(benchmark["start_timeout"].as<dsl::Duration>()->milliseconds + longer) + "ms");
}

}  // namespace

engine::StageInputs inputs_of_run(const engine::StageInputs& benchmark, const dsl::Value& cluster, const Combination& combination) {
  const bool is_elsewhere = is_on_kubernetes(cluster);
  dsl::Fields fields = benchmark.fields(), conf = *benchmark["conf"].as_fields();
  await_executors(conf, benchmark);
  if (is_elsewhere) {
    set(fields, "python", dsl::Value());
    if (benchmark.has("class")) set(fields, "jars", dsl::Value::list({}));
  } else {
    set(conf, "spark.executor.cores", dsl::Value::text(std::to_string(combination.cores)));
    set(conf, "spark.executor.memory", dsl::Value::text(mebibytes_of(combination.memory) + 'm'));
    set(fields, "image", dsl::Value());
  }
  set(fields, "cluster", is_elsewhere ? cluster_elsewhere(cluster, combination) : cluster_here(cluster, combination));
  set(fields, "conf", dsl::Value::map(std::move(conf)));
  set(fields, "on_interrupt", dsl::Value::text("delete"));
  set(fields, "via", dsl::Value::text("sdlrun"));
  return engine::StageInputs(std::move(fields));
}

}  // namespace sdlrun::stages::spark
