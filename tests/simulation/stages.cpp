#include "stages.hpp"

#include <algorithm>
#include <map>

#include "expectation.hpp"
#include "jobs.hpp"

namespace sdlrun::simulation {

namespace {

namespace fs = std::filesystem;

using engine::Result;
using engine::StageOutputs;
using engine::Task;

constexpr std::size_t content_length = 16;

/// What those who work at once want together. One that has done its work, and is put in place and recorded, wants nothing.
void check_limits(const Workshop& workshop) {
  const Scenario& scenario = workshop.scenario;
  std::int64_t slots = 0, cpus = 0, memory = 0;
  std::map<std::string, std::int64_t> pools;
  for (const Step* step : workshop.at_work) {
    slots += std::min<std::int64_t>(step->cpus, static_cast<std::int64_t>(scenario.jobs));
    cpus += step->cpus > 1 ? step->cpus : 0;
    memory += step->memory;
    for (const std::string& pool : step->pools) ++pools[pool];
  }
  if (slots > static_cast<std::int64_t>(scenario.jobs)) workshop.findings.violated("more steps run than there are slots");
  if (cpus > scenario.machine.cpus) workshop.findings.violated("steps that run want more cpus than there are");
  if (memory > scenario.machine.memory_bytes) workshop.findings.violated("steps that run want more memory than there is");
  for (const Pool& pool : scenario.pools) {
    if (pools[pool.name] > pool.size) workshop.findings.violated("more steps of the pool " + pool.name + " run than it has places");
  }
}

/// While it lives, a content is in work.
class AtWork {
 public:
  AtWork(Workshop& workshop, const Step& step, std::string content) : workshop_(workshop), step_(step), content_(std::move(content)) {
    workshop.at_work.insert(&step);
    check_limits(workshop);
    if (step.cache && workshop.recorded.contains(content_)) workshop.findings.violated(step.name + " runs, and its result was recorded");
    if (step.cache && workshop.in_work.contains(content_)) workshop.findings.violated(step.name + " runs while another of its key does");
    if (!step.cache) content_ = step.name;
    workshop.in_work.insert(content_);
  }
  ~AtWork() {
    workshop_.in_work.erase(workshop_.in_work.find(content_));
    workshop_.at_work.erase(workshop_.at_work.find(&step_));
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  Workshop& workshop_;
  const Step& step_;
  std::string content_;
};

class InSection {
 public:
  explicit InSection(Workshop& workshop) : workshop_(workshop) {
    if (++workshop_.in_section > 1) workshop_.findings.violated("two steps are in the same shared section");
  }
  ~InSection() { --workshop_.in_section; }
  InSection(const InSection&) = delete;
  InSection& operator=(const InSection&) = delete;

 private:
  Workshop& workshop_;
};

dsl::StageSchema schema_of(Work work) {
  const bool is_folder = work == Work::tree;
  dsl::StageSchemaBuilder builder("sim", name_of(work), "For simulation.");
  if (work == Work::job) builder.external();
  return builder
      .input("label", "string", "Tells steps apart.")
      .input("values", "[int]", "Numbers.")
      .input("files", "[file]", "Files.")
      .input("folders", "[dir]", "Folders.")
      .output("value", "int", "A number that follows from all inputs.")
      .output(is_folder ? "folder" : "file", is_folder ? "dir" : "file", "What is made.")
      .build();
}

class SimulatedStage final : public engine::Stage {
 public:
  SimulatedStage(Work work, Workshop& workshop) : work_(work), workshop_(workshop), schema_(schema_of(work)) {}
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "simulate"; }

  Task<Result<StageOutputs>> run(engine::StageContext& context) const override {
    const std::string content = content_to_make(context);
    const Step& step = workshop_.scenario.steps[std::stoull(context.step_name().substr(1))];
    const AtWork at_work(workshop_, step, content);
    std::shared_ptr<void> section;
    std::unique_ptr<InSection> in_section;
    if (step.in_section) {
      Task<Result<std::shared_ptr<void>>> locking = context.lock_shared("section");
      Result<std::shared_ptr<void>> locked = co_await locking;
      if (!locked) co_return tl::unexpected(locked.error());
      section = std::move(*locked);
      in_section = std::make_unique<InSection>(workshop_);
    }
    Task<Result<void*>> working = work_ == Work::fetch ? fetch(context) : work_ == Work::job ? have_done(context, content) : make(context, content);
    const Result<void*> done = co_await working;
    in_section.reset();
    if (!done) co_return tl::unexpected(done.error());
    const fs::path path = context.work_directory() / result_name;
    // A program that meets a full disk says so.
    if (!is_whole(context.world().files, path, work_, content)) co_return engine::failure("the result could not be written");
    const dsl::Value made = work_ == Work::tree ? dsl::Value(dsl::DirValue{path.string(), ""}) : dsl::Value(dsl::FileValue{path.string(), ""});
    co_return StageOutputs{{"value", dsl::Value::integer(value_of(content))}, {work_ == Work::tree ? "folder" : "file", made}};
  }

 private:
  Task<Result<void*>> make(engine::StageContext& context, std::string content) const {
    engine::ProcessRequest request;
    request.command = {name_of(work_), context.step_name(), content};
    Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
    const Result<engine::ProcessResult> result = co_await running;
    if (!result) co_return tl::unexpected(result.error());
    if (!result->success()) co_return engine::failure(engine::describe(*result));
    co_return nullptr;
  }

  Task<Result<void*>> fetch(engine::StageContext& context) const {
    engine::HttpRequest request;
    request.url = url_of(context.step_name());
    request.body_file = context.work_directory() / result_name;
    Task<Result<engine::HttpResponse>> answering = context.http(std::move(request));
    const Result<engine::HttpResponse> answer = co_await answering;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->status != 200) co_return engine::failure("status " + std::to_string(answer->status));
    co_return nullptr;
  }

  Task<Result<void*>> have_done(engine::StageContext& context, std::string content) const {
    const Step& step = workshop_.scenario.steps[std::stoull(context.step_name().substr(1))];
    Job job(context, step, content);
    Task<Result<std::string>> doing = context.outside(job);
    const Result<std::string> done = co_await doing;
    if (!done) co_return tl::unexpected(done.error());
    leave_result(context.world().files, context.work_directory(), Work::job, content, true);
    co_return nullptr;
  }

  std::string content_to_make(engine::StageContext& context) const {
    std::vector<std::int64_t> values;
    for (const dsl::Value& value : *context.inputs()["values"].as_list()) values.push_back(*value.as<std::int64_t>());
    std::vector<std::string> contents;
    const engine::Files& files = context.world().files;
    for (const dsl::Value& file : *context.inputs()["files"].as_list()) {
      contents.push_back(content_at(files, file.as<dsl::FileValue>()->path, Work::make, workshop_.findings));
    }
    for (const dsl::Value& folder : *context.inputs()["folders"].as_list()) {
      contents.push_back(content_at(files, folder.as<dsl::DirValue>()->path, Work::tree, workshop_.findings));
    }
    return content_of(work_, context.inputs().text("label"), values, contents);
  }

  Work work_;
  Workshop& workshop_;
  dsl::StageSchema schema_;
};

}  // namespace

engine::StageSet simulated_stages(Workshop& workshop) {
  engine::StageSet stages;
  for (const Work work : {Work::make, Work::tree, Work::fetch, Work::job}) stages.add(std::make_unique<SimulatedStage>(work, workshop));
  return stages;
}

std::string url_of(const std::string& step) { return "https://example.org/" + step; }

void leave_result(engine::Files& files, const fs::path& folder, Work work, const std::string& content, bool whole) {
  const std::string text = file_text(content);
  const fs::path path = work == Work::tree ? folder / result_name / "sub/content" : folder / result_name;
  if (work == Work::tree && !files.make_directories(path.parent_path())) return;
  if (!files.append(path, text.substr(0, text.size() / 2)) || !whole) return;
  if (!files.append(path, text.substr(text.size() / 2))) return;
  if (work != Work::tree) return;
  static_cast<void>(files.make_directories(folder / result_name / "empty"));
  static_cast<void>(files.make_symbolic_link("sub/content", folder / result_name / "link"));
}

bool is_whole(const engine::Files& files, const fs::path& path, Work work, const std::string& content) {
  if (work == Work::tree) {
    const auto names = files.list(path);
    if (!names || *names != std::vector<std::string>{"empty", "link", "sub"}) return false;
  }
  const auto text = files.read(work == Work::tree ? path / "sub/content" : path);
  return text && *text == file_text(content);
}

std::string content_at(const engine::Files& files, const fs::path& path, Work work, Findings& findings) {
  constexpr const char* digits = "0123456789abcdef";
  const auto text = files.read(work == Work::tree ? path / "sub/content" : path);
  const std::string content = text ? text->substr(0, content_length) : "";
  const bool is_content = content.size() == content_length && content.find_first_not_of(digits) == std::string::npos;
  if (is_content && is_whole(files, path, work, content)) return content;
  findings.violated("`" + path.string() + "` is not whole");
  return std::string(content_length, '0');
}

}  // namespace sdlrun::simulation
