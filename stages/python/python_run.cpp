#include "stages/python/python_run.hpp"

#include <filesystem>

#include "stages/program/user_program.hpp"
#include "stages/python/environment.hpp"

namespace sdlrun::stages {

namespace {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

class PythonRun final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "script") return "run " + fs::path(dsl::plain_text(value)).filename().string();
    }
    return "run a Python script";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const engine::StageInputs& inputs = context.inputs();
    const PythonEnvironment python = python_environment(inputs["python"]);
    const std::string name = fs::path(inputs.text("script")).filename().string();
    if (auto placed = place_files(context, inputs["files"]); !placed) co_return tl::unexpected(placed.error());
    engine::ProcessRequest request;
    request.command = {python.interpreter().string(), inputs.text("script")};
    for (std::string& argument : inputs.texts("args")) request.command.push_back(std::move(argument));
    request.environment = activated(context.environment(), python);
    request.standard_output_file = standard_output_file(context);
    Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
    const Result<engine::ProcessResult> result = co_await running;
    if (!result) co_return tl::unexpected(result.error());
    if (!result->success()) co_return tl::unexpected(program_failed("`" + name + "`", *result));
    co_return engine::collect_declared_outputs(context, standard_output_file(context).value_or(""));
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("python", "run", "Runs a Python script in a pinned environment.")
          .doc("The script runs in an empty folder of its own, with standard input closed. `python` and what else the environment brings "
               "are first on its PATH. The outputs are what the `outputs` clause declares; a script that fails fails the step.")
          .example("step data = python.run { python = python.env, script = \"make_data.py\", args = [\"data.npz\"] } outputs {\n"
                   "  file: file at \"data.npz\"\n"
                   "}")
          .input("python", "python.environment", "The environment, from `python.venv`.")
          .input("script", "file", "The script.")
          .input("args", "[string | file | dir]", "Its arguments.", "[]")
          .input("files", "{string: file | dir}", "Files and folders to be placed in its folder, by the name they have there.", "{}")
          .takes_outputs_clause()
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> python_run_stage() { return std::make_unique<PythonRun>(); }

}  // namespace sdlrun::stages
