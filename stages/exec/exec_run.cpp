#include "stages/exec/exec_run.hpp"

#include "stages/image/image_reference.hpp"
#include "stages/kubernetes/jobs/jobs_value.hpp"
#include "stages/kubernetes/jobs/run_as_job.hpp"

namespace sdlrun::stages {

namespace {

class ExecRun final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name != "command" || value.as_list() == nullptr) continue;
      std::string text = "run";
      for (const dsl::Value& word : *value.as_list()) text += ' ' + dsl::plain_text(word);
      return text;
    }
    return "run a program";
  }

  bool starts_outside(const dsl::Fields& inputs) const override { return kubernetes::runs_as_job(inputs); }

  engine::Task<engine::Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    dsl::List command = *context.inputs()["command"].as_list();
    if (command.empty()) co_return engine::failure("`command` is empty", "its first element is the program");
    std::string shown = "`" + dsl::plain_text(command.front()) + "`";
    engine::Task<engine::Result<engine::StageOutputs>> running = kubernetes::run_here_or_as_job(context, std::move(command), std::move(shown));
    co_return co_await running;
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("exec", "run", "Runs a program.")
          .doc("The program runs in an empty folder of its own, with standard input closed. It is started directly, without a shell: every "
               "element of `command` is one argument. A file among them is an input: the step runs again when its content changes.\n\n"
               "The outputs are what the `outputs` clause declares. A program that ends with another exit code than 0 fails the step, and "
               "none of its outputs are taken.")
          .example("step count = exec.run { command = [\"wc\", \"-l\", file(\"notes.txt\")] } outputs {\n"
                   "  lines: int at stdout matching \"([0-9]+)\"\n"
                   "}")
          .input("command", "[string | file | dir]", "The program, looked up on the PATH, and its arguments.")
          .input("files", "{string: file | dir}", "Files and folders to be placed in the program's folder, by the name they have there.", "{}")
          .takes_outputs_clause()
          .runs_elsewhere(kubernetes::jobs_type, image::reference_or_name)
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> exec_run_stage() { return std::make_unique<ExecRun>(); }

}  // namespace sdlrun::stages
