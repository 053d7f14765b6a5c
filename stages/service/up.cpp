#include <algorithm>
#include <csignal>
#include <deque>
#include <sstream>

#include "engine/cache/digest.hpp"
#include "stages/python/environment.hpp"
#include "stages/service/service_end.hpp"
#include "stages/service/service_stages.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

constexpr engine::Milliseconds between_questions{100};
constexpr std::size_t lines_shown = 20;

/// As the step's programs have it, but for what is gone when the step is.
engine::Environment service_environment(const engine::StageContext& context) {
  engine::Environment environment = context.environment();
  if (context.inputs().has("python")) environment = activated(std::move(environment), python_environment(context.inputs()["python"]));
  std::erase_if(environment, [](const auto& variable) { return variable.first == "TMPDIR"; });
  return environment;
}

std::string key_of(const engine::ServiceRequest& request) {
  std::string text = request.directory.string();
  for (const std::string& word : request.command) text += '\0' + word;
  for (const auto& [name, value] : request.environment) text += '\0' + name + '=' + value;
  return engine::sha256(text);
}

Result<engine::ServiceRequest> request_of(const engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  auto identity = service_identity(context, inputs.text("name"));
  if (!identity) return tl::unexpected(std::move(identity.error()));
  engine::ServiceRequest request{.identity = std::move(*identity),
                                 .command = inputs.texts("command"),
                                 .directory = context.project_directory(),
                                 .environment = service_environment(context),
                                 .log_file = context.project_directory() / ".sdl" / "services" / (inputs.text("name") + ".log")};
  if (request.command.empty()) return engine::failure("`command` is empty", "its first element is the program");
  if (inputs.has("directory")) request.directory = inputs.text("directory");
  request.key = key_of(request);
  return request;
}

/// The end of what it has printed.
std::string last_lines(const engine::Files& files, const fs::path& log) {
  std::istringstream text(files.read(log).value_or(""));
  std::deque<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > lines_shown) lines.pop_front();
  }
  std::string end;
  for (const std::string& line : lines) end += line + '\n';
  return end;
}

engine::Error not_ready(engine::StageContext& context, const engine::ServiceRequest& request, std::string what) {
  return {.message = '`' + request.command.front() + "` " + std::move(what),
          .hint = "all that it has printed is in " + request.log_file.string(),
          .detail = last_lines(context.world().files, request.log_file)};
}

/// Waits until the address answers. Nothing where it does; else what has happened instead.
Task<std::string> await_answer(engine::StageContext& context, engine::ServiceProcess service, std::string url, engine::Milliseconds patience) {
  // By the clock: a server may take a call and keep its answer.
  const engine::Clock& clock = context.world().clock;
  for (const auto end = clock.monotonic() + patience;;) {
    if (!engine::signal_service(service, 0)) co_return "has ended before it answered";
    engine::HttpRequest request;
    request.url = url;
    request.largest_body = 1U << 20;
    request.stall_timeout = engine::Milliseconds(5'000);
    request.follows_redirects = false;
    request.uses_proxy = false;
    Task<Result<engine::HttpResponse>> asking = context.http(std::move(request));
    const Result<engine::HttpResponse> answer = co_await asking;
    if (answer && answer->status < 500) co_return "";
    if (context.stopping()) co_return "was stopped";
    if (clock.monotonic() >= end) co_return "does not answer at " + url + (answer ? ", but with " + std::to_string(answer->status) : ": " + answer.error().message);
    Task<bool> sleeping = context.sleep(between_questions);
    co_await sleeping;
  }
}

class ServiceUp final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "name") return "start " + dsl::plain_text(value) + ", unless it runs";
    }
    return "start a program that goes on after the run";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    const auto identity = service_identity(context, context.inputs().text("name"));
    if (!identity || engine::find_service(*identity)) co_return std::nullopt;
    co_return "`" + context.inputs().text("name") + "` no longer runs";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const auto request = request_of(context);
    if (!request) co_return tl::unexpected(request.error());
    std::string section = request->identity;
    Task<Result<std::shared_ptr<void>>> locking = lock_service(context, std::move(section));
    const Result<std::shared_ptr<void>> lock = co_await locking;
    if (!lock) co_return tl::unexpected(lock.error());
    std::optional<engine::ServiceProcess> service = engine::find_service(request->identity);
    if (service && service->key != request->key) {
      context.log("it runs otherwise than it is to: ending process " + std::to_string(service->pid));
      Task<bool> ending = end_service(context, *service);
      if (!co_await ending) co_return engine::failure("process " + std::to_string(service->pid) + " of `" + context.inputs().text("name") + "` does not end", "end it by hand, and run this again");
      service.reset();
    }
    if (!service) {
      if (auto made = context.world().files.make_directories(request->log_file.parent_path()); !made) co_return tl::unexpected(made.error());
      const auto started = engine::start_service(*request);
      if (!started) co_return tl::unexpected(started.error());
      service = *started;
    }
    context.log("process " + std::to_string(service->pid) + ", which prints to " + request->log_file.string());
    if (context.inputs().has("ready")) {
      context.progress("waiting for its answer");
      std::string url = context.inputs().text("ready");
      const engine::Milliseconds patience(context.inputs()["patience"].as<dsl::Duration>()->milliseconds);
      Task<std::string> waiting = await_answer(context, *service, std::move(url), patience);
      if (std::string problem = co_await waiting; !problem.empty()) {
        static_cast<void>(engine::signal_service(*service, SIGKILL));
        co_return tl::unexpected(not_ready(context, *request, std::move(problem)));
      }
    } else if (!engine::signal_service(*service, 0)) {
      co_return tl::unexpected(not_ready(context, *request, "has ended at once"));
    }
    co_return engine::StageOutputs{{"pid", dsl::Value(dsl::Value::Data(static_cast<std::int64_t>(service->pid)))}, {"log", dsl::Value::text(request->log_file.string())},
                                     {"url", dsl::Value::text(context.inputs().has("ready") ? context.inputs().text("ready") : "")}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("service", "up", "Starts a program that goes on after the run, such as a server.")
          .external()
          .doc("A service is known by its `name` in this project. Where it runs already, as it is to, nothing is done; where its command, folder or "
               "variables have changed, it is ended and started anew. `service.down` ends it. The step is done when `ready` answers, with any "
               "status below 500.\n\n"
               "What it prints goes to `.sdl/services/NAME.log`, which its owner alone may read, as nobody hides secrets in it. It is told from what "
               "a step has left behind by the variable `SDLRUN_SERVICE` in its environment: a program that overwrites that, as some servers do to "
               "change their title, is ended with the run. It does not survive a restart of the machine.")
          .example("step server = service.up {\n"
                   "  name = \"files\"\n"
                   "  command = [\"python3\", \"-m\", \"http.server\", \"--bind\", \"127.0.0.1\", \"8000\"]\n"
                   "  ready = \"http://127.0.0.1:8000/\"\n"
                   "}")
          .input("name", "string", service_name_doc)
          .input("command", "[string | file | dir]", "The program, looked up on the PATH, and its arguments.")
          .input("python", "python.environment?", "A Python environment whose programs come first on the PATH.", "none")
          .input("directory", "dir?", "The folder that it runs in; none: the project's. What changes in it changes nothing for a service that runs.", "none")
          .input("ready", "string?", "The URL that answers when it is ready; none: it need only be there.", "none")
          .input("patience", "duration", "How long `ready` may take.", "1m")
          .output("pid", "int", "The number of its process.")
          .output("log", "string", "The file that it prints to.")
          .output("url", "string", "`ready`, or nothing.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> service_up_stage() { return std::make_unique<ServiceUp>(); }

}  // namespace sdlrun::stages
