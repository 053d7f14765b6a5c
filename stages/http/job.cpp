#include "stages/http/job.hpp"

#include <filesystem>

#include "stages/http/remote_job.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

Result<JobDescription> description_of(engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  JobDescription job{.url = inputs.text("url"),
                     .post_to = inputs.has("post_to") ? inputs.text("post_to") : "",
                     .body = inputs.text("body"),
                     .content_type = inputs.text("content_type"),
                     .token = {},
                     .status = inputs.text("status"),
                     .done = inputs.texts("done"),
                     .failed = inputs.texts("failed"),
                     .poll = engine::Milliseconds(inputs["poll"].as<dsl::Duration>()->milliseconds),
                     .when_stopped = inputs.text("when_stopped") == "leave" ? engine::WhenStopped::leave : engine::WhenStopped::remove};
  for (const std::string& url : {job.url, job.post_to}) {
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) return engine::failure("`" + url + "` is no http or https URL");
  }
  if (job.url.find("{name}") == std::string::npos) {
    return engine::failure("`url` does not say where the job's name stands: " + job.url, "write `{name}` there, as in \"https://jobs.example.com/jobs/{name}\"");
  }
  const bool names_it = (job.post_to + job.body).find("{name}") != std::string::npos;
  if (!job.post_to.empty() && !names_it) return engine::failure("neither `post_to` nor `body` holds `{name}`: the service would not know the job's name");
  if (job.poll.count() < 1) return engine::failure("`poll` is to be longer than nothing");
  if (const auto* secret = inputs["token"].as<dsl::SecretValue>()) {
    auto token = context.read_secret(*secret);
    if (!token) return tl::unexpected(std::move(token.error()));
    job.token = std::move(*token);
  }
  return job;
}

class HttpJob final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "url") return "start a job at " + dsl::plain_text(value) + " and wait for its end";
    }
    return "start a job at a service and wait for its end";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    auto description = description_of(context);
    if (!description) co_return tl::unexpected(description.error());
    RemoteJob job(context, std::move(*description));
    Task<Result<std::string>> doing = context.outside(job);
    const Result<std::string> name = co_await doing;
    if (!name) co_return tl::unexpected(name.error());
    const fs::path answer = context.scratch_directory() / "answer";
    const fs::path kept = context.work_directory() / "answer.json";
    for (const fs::path& path : {answer, kept}) {
      if (auto written = context.world().files.write(path, job.last_answer()); !written) co_return tl::unexpected(written.error());
    }
    auto outputs = engine::collect_declared_outputs(context, answer);
    if (!outputs) co_return outputs;
    outputs->emplace_back("answer", dsl::Value(dsl::Value::Data(dsl::FileValue{kept.string(), ""})));
    co_return outputs;
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("http", "job", "Starts a job at a service, once, and waits for its end.")
          .external()
          .doc("For services that know a job by a name: the engine chooses it, `{name}` stands for it, and it is the same after a crash. The job "
               "is asked for by PUT to `url` (or POST to `post_to`) and looked at by GET to `url`, until the field `status` of its answer, which "
               "is JSON, is one of `done` or `failed`. An answer 409 says that it is there already; 404 and 410 that it is not.\n\n"
               "Whatever ends sdlrun on the way, the job is not started a second time: the next run looks for it and goes on. One that has failed "
               "is removed by DELETE, and another attempt (`retry`, or another run) has another name. So is one that takes longer than "
               "the step's `timeout`, or whose run is interrupted; with `when_stopped = \"leave\"` it goes on after Ctrl-C, and the next run takes it over.\n\n"
               "Declared outputs are taken from the last answer, as from a program's standard output.")
          .example("step train = http.job {\n"
                   "  url = \"https://jobs.example.com/jobs/{name}\"\n"
                   "  body = '''{\"image\": \"train:3\", \"epochs\": 5}'''\n"
                   "} outputs {\n"
                   "  accuracy: float at stdout matching \"\\\"accuracy\\\": *([0-9.]+)\"\n"
                   "} with { timeout = 2h, retry = { attempts: 2 } }")
          .input("url", "string", "Where a job is looked at, and asked for by PUT; `{name}` stands for its name.")
          .input("post_to", "string?", "Where it is asked for by POST instead; `{name}` must stand here or in `body`.", "none")
          .input("body", "string", "What is sent to ask for it.", "\"\"")
          .input("content_type", "string", "Of `body`.", "\"application/json\"")
          .input("token", "secret<string>?", "Sent with each request as `Authorization: Bearer …`.", "none")
          .input("status", "string", "The field of the answer that says how the job is; `status.phase` is one in another.", "\"status\"")
          .input("done", "[string]", "What it says, in whatever case, when the job has done its work.", "[\"succeeded\", \"completed\", \"done\", \"finished\"]")
          .input("failed", "[string]", "What it says when it has not.", "[\"failed\", \"error\", \"cancelled\", \"canceled\"]")
          .input("poll", "duration", "How long to wait between two looks.", "2s")
          .input("when_stopped", "enum(\"remove\", \"leave\")", "What becomes of the job when the run is interrupted.", "\"remove\"")
          .output("answer", "file", "The last answer.")
          .takes_outputs_clause()
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> http_job_stage() { return std::make_unique<HttpJob>(); }

}  // namespace sdlrun::stages
