#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages {

namespace {

class SparkLocal final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "name this machine as the cluster"; }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    constexpr std::int64_t least = 512LL << 20;  // Spark itself refuses less than 450 MiB
    if (context.inputs()["memory"].as<dsl::Size>()->bytes < least) {
      co_return engine::failure("`memory` is " + context.inputs().text("memory") + ", and Spark does not start with less than 512MiB", "1GiB does for small jobs");
    }
    const std::string master = "local[" + std::to_string(context.inputs().integer("cores")) + "]";
    const dsl::Value memory = context.inputs()["memory"];
    const std::string identity = master + " with " + dsl::plain_text(memory);
    co_return engine::StageOutputs{{"spark", dsl::Value::handle(spark_cluster_type, identity, {{"master", dsl::Value::text(master)}, {"memory", memory}})}};
  }

 private:
  dsl::StageSchema schema_ = dsl::StageSchemaBuilder("spark", "local", "Names this machine as the cluster that Spark jobs run on.")
                                 .doc("Driver and executors are one process of this machine, with `cores` tasks at a time. Nothing is started: "
                                      "each `spark.submit` starts its own.")
                                 .example("step cluster = spark.local { cores = 4, memory = 4GiB }")
                                 .input("cores", "int(1..1024)", "How many tasks run at a time.", "2")
                                 .input("memory", "size", "The memory of the driver's Java process.", "2GiB")
                                 .output("spark", "spark.cluster", "The cluster, for `spark.submit`.")
                                 .build();
};

}  // namespace

std::unique_ptr<engine::Stage> spark_local_stage() { return std::make_unique<SparkLocal>(); }

}  // namespace sdlrun::stages
