#include "stages/elephas/check.hpp"

#include "stages/python/python_program.hpp"

namespace sdlrun::stages {

namespace {

using Json = nlohmann::json;

class ElephasCheck final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "read the script for the traps of Elephas"; }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const PythonEnvironment python = python_environment(context.inputs()["python"]);
    Json request = {{"script", context.inputs().text("script")}, {"elephas", python.package_version("elephas")}};
    std::string module = "stages.elephas.check";
    engine::Task<engine::Result<Json>> running = run_python_program(context, python, std::move(module), std::move(request));
    const engine::Result<Json> answer = co_await running;
    if (!answer) co_return tl::unexpected(answer.error());
    dsl::List warnings;
    for (const Json& warning : answer->value("warnings", Json::array())) {
      warnings.push_back(dsl::Value::text(warning.get<std::string>()));
      context.warn(warning.get<std::string>());
    }
    co_return engine::StageOutputs{{"warnings", dsl::Value::list(std::move(warnings))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("elephas", "check", "Reads a script for the traps of Elephas.")
          .doc("Nothing is run: what the text shows is said, with its line. A `mode` given to the `SparkModel` of Elephas 7, which "
               "ignores it and trains synchronously, is an error; so are classes that the pinned version does not have. Warnings are told of "
               "partitions no larger than a batch, whose workers skip training without a word, of a master set in code, and of "
               "arguments that fail in the workers. `notebook.convert` does the same for notebooks that use Elephas.")
          .example("step look = elephas.check { script = \"train.py\", python = python.env }")
          .input("script", "file", "The script.")
          .input("python", "python.environment", "The environment it is to run in, which says which Elephas is meant.")
          .output("warnings", "[string]", "What was found, one line each.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> elephas_check_stage() { return std::make_unique<ElephasCheck>(); }

}  // namespace sdlrun::stages
