#include "stages/kubernetes/jobs/run_as_job.hpp"

#include <filesystem>

#include "stages/image/image_reference.hpp"
#include "stages/kubernetes/jobs/job.hpp"
#include "stages/kubernetes/jobs/jobs_value.hpp"
#include "stages/program/user_program.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

bool is_carried(const dsl::Value& value) { return value.as<dsl::FileValue>() != nullptr || value.as<dsl::DirValue>() != nullptr; }

Result<void> carry(const engine::Files& files, JobDescription& job, const dsl::Value& source, const std::string& path) {
  const auto* file = source.as<dsl::FileValue>();
  auto entries = carried_entries(files, dsl::plain_text(source), path, file == nullptr ? "" : file->digest);
  if (!entries) return tl::unexpected(std::move(entries.error()));
  job.files.inputs.insert(job.files.inputs.end(), entries->begin(), entries->end());
  return {};
}

/// Files among the words lie in folders of their own, so that each keeps its name.
Result<void> add_command(const engine::Files& files, JobDescription& job, const dsl::List& command) {
  for (const dsl::Value& word : command) {
    const std::string text = dsl::plain_text(word);
    if (!is_carried(word)) {
      job.command.push_back(text);
      continue;
    }
    const std::string path = "inputs/" + std::to_string(job.command.size()) + '/' + fs::path(text).filename().string();
    if (auto carried = carry(files, job, word, path); !carried) return carried;
    job.command.push_back(std::string(shared_folder) + '/' + path);
  }
  return {};
}

Result<void> add_files(const engine::Files& files, JobDescription& job, const dsl::Value& placed) {
  if (placed.as_fields() == nullptr) return {};
  for (const auto& [name, value] : *placed.as_fields()) {
    auto path = place_in_folder(name);
    if (!path) return tl::unexpected(path.error());
    if (auto carried = carry(files, job, value, work_beginning + path->string()); !carried) return carried;
  }
  return {};
}

Result<JobDescription> description_of(engine::StageContext& context, const dsl::List& command, std::string shown) {
  const engine::StageInputs& inputs = context.inputs();
  JobDescription job{.place = jobs_in(inputs["on"]), .image = image::referred_name(inputs["image"]), .shown = std::move(shown), .variables = context.declared_environment()};
  const engine::Files& files = context.world().files;
  const dsl::NodeOptions& options = context.options();
  job.cpu = options.cpus > 0 ? std::to_string(options.cpus) : job.place.cpu;
  job.memory = options.memory_bytes > 0 ? std::to_string(options.memory_bytes) : job.place.memory;
  if (auto added = add_command(files, job, command); !added) return tl::unexpected(added.error());
  if (auto added = add_files(files, job, inputs["files"]); !added) return tl::unexpected(added.error());
  for (const dsl::NodeOutput& output : context.declared_outputs()) {
    if (output.source == dsl::OutputSource::path) job.files.outputs.push_back(output.path);
    else job.files.wants_printed = true;
  }
  job.output_variables = engine::output_environment(context.declared_outputs(), work_folder);
  return job;
}

}  // namespace

bool runs_as_job(const dsl::Fields& inputs) {
  for (const auto& [name, value] : inputs) {
    if (name == dsl::StageSchema::place_input) return !value.is_none();
  }
  return false;
}

namespace {

Task<Result<engine::StageOutputs>> run_as_job(engine::StageContext& context, dsl::List command, std::string shown) {
  if (!context.inputs().has("image")) co_return engine::failure("a job on a cluster needs an image", "`with { on = …, image = \"debian:12\" }` names it, by the name under which the nodes find it");
  auto description = description_of(context, command, std::move(shown));
  if (!description) co_return tl::unexpected(description.error());
  ClusterPlace place = description->place.cluster;
  Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, std::move(place));
  const auto client = co_await opening;
  if (!client) co_return tl::unexpected(client.error());
  const fs::path printed = standard_output_file(context).value_or("");
  Job job(**client, std::move(*description), printed);
  Task<Result<std::string>> doing = context.outside(job);
  const Result<std::string> name = co_await doing;
  if (!name) co_return tl::unexpected(name.error());
  co_return engine::collect_declared_outputs(context, printed);
}

}  // namespace

Task<Result<engine::StageOutputs>> run_here_or_as_job(engine::StageContext& context, dsl::List command, std::string shown) {
  if (runs_as_job(context.inputs().fields())) {
    Task<Result<engine::StageOutputs>> running = run_as_job(context, std::move(command), std::move(shown));
    co_return co_await running;
  }
  if (auto placed = place_files(context, context.inputs()["files"]); !placed) co_return tl::unexpected(placed.error());
  std::vector<std::string> words;
  for (const dsl::Value& word : command) words.push_back(dsl::plain_text(word));
  Task<Result<engine::StageOutputs>> running = run_user_program(context, std::move(words), std::move(shown));
  co_return co_await running;
}

}  // namespace sdlrun::stages::kubernetes
