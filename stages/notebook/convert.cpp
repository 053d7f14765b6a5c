#include <filesystem>
#include <fstream>
#include <sstream>

#include "stages/notebook/notebook_stages.hpp"
#include "stages/notebook/sure_imports.hpp"
#include "stages/python/brought_modules.hpp"
#include "stages/python/python_program.hpp"

namespace sdlrun::stages {

namespace {

using Json = nlohmann::json;

Json names_in(const dsl::Value& map) {
  Json names = Json::array();
  if (map.as_fields() == nullptr) return names;
  for (const auto& [name, value] : *map.as_fields()) names.push_back(name);
  return names;
}

std::string text_of_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class NotebookConvert final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields&) const override { return "make a script of the notebook"; }

  /// The first import that nothing brings, as needs.py has it.
  std::vector<engine::InputMistake> mistakes(const engine::KnownInputs& known) const override {
    const auto notebook = known("notebook"), environment = known("python");
    if (!notebook || !environment) return {};
    const PythonEnvironment python = python_environment(*environment);
    const BroughtModules brought(python);
    for (const Import& one : sure_imports(text_of_file(dsl::plain_text(*notebook)))) {
      const bool is_ours = one.module == "stages";  // which the program that decides has on its path
      if (is_ours || brought.importable(one.module) != Importable::no) continue;
      return {{.input = "notebook",
               .message = "code cell " + std::to_string(one.cell) + ", line " + std::to_string(one.line) + ": `" + one.module + "` is imported, and no package of " + python.requirements + " brings it",
               .label = one.text,
               .hint = "pin the package there, with all that it needs: `uv pip compile` writes such a file"}};
    }
    return {};
  }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const PythonEnvironment python = python_environment(context.inputs()["python"]);
    const std::filesystem::path notebook = context.inputs().text("notebook");
    const std::filesystem::path script = context.work_directory() / (notebook.stem().string() + ".py");
    Json request = {{"notebook", notebook.string()},
                    {"script", script.string()},
                    {"parameters", json_of(context.inputs()["parameters"])},
                    {"requirements", python.requirements},
                    {"packages", names_in(python.packages)},
                    {"elephas", python.package_version("elephas")}};
    std::string module = "stages.notebook.convert";
    engine::Task<engine::Result<Json>> running = run_python_program(context, python, std::move(module), std::move(request));
    const engine::Result<Json> answer = co_await running;
    if (!answer) co_return tl::unexpected(answer.error());
    for (const Json& warning : answer->value("warnings", Json::array())) context.warn(warning.get<std::string>());
    co_return engine::StageOutputs{{"file", dsl::Value(dsl::Value::Data(dsl::FileValue{script.string(), ""}))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("notebook", "convert", "Makes a script of a notebook, which plain Python runs.")
          .doc("The script has the notebook's code cells in order and its text as comments. The same code gives the same script: outputs, "
               "execution counts and metadata do not count.\n\n"
               "- Magics that only change how a notebook looks are dropped (`%matplotlib`, `%load_ext autoreload`, `%%time` and the "
               "like); `!command`, `%%bash` and `%%sh` run as processes whose exit code is checked; `!pip install` is refused, as packages "
               "belong into the lock file; any other magic is an error with its cell and line.\n"
               "- `parameters` takes the place of the values in the cell tagged `parameters`, as papermill does.\n"
               "- `spark` and `sc` are there, as in a notebook server with Spark. A master set in the notebook is refused: it would win "
               "over the cluster's.\n"
               "- A package that is imported, and that no pinned one brings, is an error with its cell, unless the import is only tried: `check`, `plan` "
               "and a run tell it before anything is installed, where it is sure what the pinned ones bring.\n"
               "- A notebook that uses Elephas is read for its traps, as `elephas.check` does.\n\n"
               "The environment needs `nbconvert` and `ipython`.")
          .example("step script = notebook.convert { notebook = \"train.ipynb\", parameters = { \"epochs\": 5 }, python = python.env }")
          .input("notebook", "file", "The notebook, in Python.")
          .input("python", "python.environment", "The environment that converts it.")
          .input("parameters", "{string: string | int | float | bool}",
                 "Values for names of the cell tagged `parameters`.", "{}")
          .output("file", "file", "The script, named as the notebook.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> notebook_convert_stage() { return std::make_unique<NotebookConvert>(); }

}  // namespace sdlrun::stages
