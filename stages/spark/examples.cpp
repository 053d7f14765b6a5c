#include <filesystem>

#include "stages/python/environment.hpp"
#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages {

namespace {

namespace fs = std::filesystem;

class SparkExamples final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "take an example of Spark's own"; }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const PythonEnvironment python = python_environment(context.inputs()["python"]);
    const std::string name = context.inputs().text("name");
    const fs::path source = python.site_packages() / "pyspark" / "examples" / "src" / "main" / "python" / (name + ".py");
    const fs::path target = context.work_directory() / source.filename();
    std::error_code code;
    if (fs::path(name).is_absolute() || name.find("..") != std::string::npos || !fs::is_regular_file(source, code)) {
      co_return engine::failure("pyspark brings no example `" + name + "`", "they lie in " + source.parent_path().string() + "; `pi` and `wordcount` are two of them");
    }
    fs::copy_file(source, target, code);
    if (code) co_return engine::failure("cannot copy " + source.string() + ": " + code.message());
    co_return engine::StageOutputs{{"file", dsl::Value(dsl::Value::Data(dsl::FileValue{target.string(), ""}))}};
  }

 private:
  dsl::StageSchema schema_ = dsl::StageSchemaBuilder("spark", "examples", "Takes an example that Spark brings.")
                                 .doc("The examples in Python that come with the environment's pyspark. (Spark from PyPI brings no jar of examples.)")
                                 .example("step pi = spark.examples { python = python.env, name = \"pi\" }")
                                 .input("python", "python.environment", "An environment with pyspark.")
                                 .input("name", "string", "The example's name, without `.py`.")
                                 .output("file", "file", "The example's script.")
                                 .build();
};

}  // namespace

std::unique_ptr<engine::Stage> spark_examples_stage() { return std::make_unique<SparkExamples>(); }

}  // namespace sdlrun::stages
