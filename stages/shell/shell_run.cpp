#include "stages/shell/shell_run.hpp"

#include "stages/image/image_reference.hpp"
#include "stages/kubernetes/jobs/jobs_value.hpp"
#include "stages/kubernetes/jobs/run_as_job.hpp"

namespace sdlrun::stages {

namespace {

class ShellRun final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name != "script" || value.as<std::string>() == nullptr) continue;
      const std::string& script = *value.as<std::string>();
      const std::size_t end = script.find('\n');
      return "run the script `" + script.substr(0, end) + (end == std::string::npos || end + 1 == script.size() ? "`" : " …`");
    }
    return "run a script";
  }

  bool starts_outside(const dsl::Fields& inputs) const override { return kubernetes::runs_as_job(inputs); }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const std::string shell = context.inputs().text("shell");
    const bool is_bash = shell == "bash";
    // The first command that fails ends the script, and so does a variable that is not set.
    dsl::List command{dsl::Value::text(shell), dsl::Value::text(is_bash ? "-euo" : "-eu")};
    if (is_bash) command.push_back(dsl::Value::text("pipefail"));
    command.push_back(dsl::Value::text("-c"));
    command.push_back(context.inputs()["script"]);
    std::string shown = "the script";
    engine::Task<engine::Result<engine::StageOutputs>> running = kubernetes::run_here_or_as_job(context, std::move(command), std::move(shown));
    co_return co_await running;
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("shell", "run", "Runs a script in a shell.")
          .doc("The script runs in an empty folder of its own. The first command that fails ends it (`set -eu`, in bash also `pipefail`), and "
               "the step fails with its exit code.\n\n"
               "Write scripts in `'''…'''`: there `$` and `\\` mean nothing to sdlrun. Values reach a script by `with { env }`, files by "
               "`files`: text put into a script by `${…}` would be read as commands.")
          .example("step rows = shell.run {\n"
                   "  script = '''\n"
                   "    sort -u \"$NAME\" > rows.txt\n"
                   "  '''\n"
                   "  files = { \"notes.txt\": \"notes.txt\" }\n"
                   "} outputs {\n"
                   "  rows: file at \"rows.txt\"\n"
                   "} with {\n"
                   "  env = { \"NAME\": \"notes.txt\" }\n"
                   "}")
          .input("script", "string", "What the shell runs.")
          .input("files", "{string: file | dir}", "Files and folders to be placed in the script's folder, by the name they have there.", "{}")
          .input("shell", "enum(\"bash\", \"sh\")", "The shell that runs it.", "\"bash\"")
          .takes_outputs_clause()
          .runs_elsewhere(kubernetes::jobs_type, image::reference_or_name)
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> shell_run_stage() { return std::make_unique<ShellRun>(); }

}  // namespace sdlrun::stages
