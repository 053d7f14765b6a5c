#include <filesystem>

#include "stages/notebook/notebook_stages.hpp"
#include "stages/python/python_program.hpp"

namespace sdlrun::stages {

namespace {

using Json = nlohmann::json;

class NotebookRun final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "execute the notebook"; }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const PythonEnvironment python = python_environment(context.inputs()["python"]);
    const std::filesystem::path notebook = context.inputs().text("notebook");
    const std::filesystem::path executed = context.work_directory() / notebook.filename();
    const std::filesystem::path page = context.work_directory() / (notebook.stem().string() + ".html");
    const auto* limit = context.inputs()["cell_timeout"].as<dsl::Duration>();
    Json request = {{"notebook", notebook.string()},
                    {"executed", executed.string()},
                    {"page", page.string()},
                    {"directory", context.work_directory().string()},
                    {"parameters", json_of(context.inputs()["parameters"])},
                    {"requirements", python.requirements},
                    {"cell_timeout", limit == nullptr ? Json(nullptr) : Json(limit->milliseconds / 1000)}};
    std::string module = "stages.notebook.run";
    engine::Task<engine::Result<Json>> running = run_python_program(context, python, std::move(module), std::move(request));
    const engine::Result<Json> answer = co_await running;
    if (!answer) co_return tl::unexpected(answer.error());
    for (const Json& warning : answer->value("warnings", Json::array())) context.warn(warning.get<std::string>());
    const auto file = [](const std::filesystem::path& path) { return dsl::Value(dsl::Value::Data(dsl::FileValue{path.string(), ""})); };
    co_return engine::StageOutputs{{"notebook", file(executed)}, {"page", file(page)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("notebook", "run", "Executes a notebook and keeps it with its outputs, and as a page.")
          .doc("The notebook runs from top to bottom in a kernel of the environment, in a folder of its own. A cell that fails fails the step, "
               "with the cell's number, line and traceback. The environment needs `nbconvert`, `nbclient` and `ipykernel` (6, or 7.4 and later).")
          .example("step report = notebook.run { notebook = \"report.ipynb\", python = python.env }")
          .input("notebook", "file", "The notebook, in Python.")
          .input("python", "python.environment", "The environment whose kernel executes it.")
          .input("parameters", "{string: string | int | float | bool}", "Values for names of the cell tagged `parameters`.", "{}")
          .input("cell_timeout", "duration?", "The longest that one cell may take; none: no limit.", "none")
          .output("notebook", "file", "The notebook with its outputs.")
          .output("page", "file", "The same as an HTML page.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> notebook_run_stage() { return std::make_unique<NotebookRun>(); }

}  // namespace sdlrun::stages
