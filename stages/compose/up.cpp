#include "stages/compose/compose_stages.hpp"
#include "stages/compose/stack.hpp"
#include "stages/container/docker.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

dsl::Value ports_value(const std::map<std::string, std::string>& ports) {
  dsl::Fields entries;
  for (const auto& [name, address] : ports) entries.emplace_back(name, dsl::Value::text(address));
  return dsl::Value::map(std::move(entries));
}

class ComposeUp final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "file" && value.as<dsl::FileValue>() != nullptr) return "bring up " + fs::path(dsl::plain_text(value)).filename().string() + " with Docker Compose, where it is not up";
    }
    return "bring up a compose file, where it is not up";
  }

  /// What the file names (images, variables, files to be mounted) and what became of the containers, Compose knows best.
  bool asks_outside(const dsl::Fields&) const override { return true; }
  Task<std::optional<std::string>> changed_outside(engine::StageContext&, const dsl::Fields&) const override {
    co_return "Compose is asked each time, and changes only what differs";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    Task<Result<compose::Stack>> finding = compose::find_stack(context);
    const Result<compose::Stack> stack = co_await finding;
    if (!stack) co_return tl::unexpected(stack.error());
    context.log("project " + stack->project + ", by " + stack->tool.shown() + " " + stack->tool.version);
    Task<Result<std::vector<std::string>>> reading = compose::services_of(context, *stack);
    const Result<std::vector<std::string>> services = co_await reading;
    if (!services) co_return tl::unexpected(services.error());
    if (!context.inputs().boolean("keep")) {
      if (auto fine = compose::take_away_at_end(context, *stack); !fine) co_return tl::unexpected(fine.error());
    }
    Task<Result<bool>> bringing = compose::bring_up(context, *stack);
    if (const Result<bool> is_up = co_await bringing; !is_up) co_return tl::unexpected(is_up.error());
    const auto wanted = context.inputs().text("wait") == "healthy" ? compose::Wanted::healthy : compose::Wanted::started;
    std::vector<std::string> names = *services;
    Task<Result<std::vector<compose::Container>>> waiting = compose::wait_for(context, *stack, std::move(names), wanted);
    const Result<std::vector<compose::Container>> containers = co_await waiting;
    if (!containers) co_return tl::unexpected(containers.error());
    co_return engine::StageOutputs{{"project", dsl::Value::text(stack->project)}, {"ports", ports_value(compose::published_ports(*containers, container::host_of(stack->endpoint)))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("compose", "up", "Brings up the services of a compose file, and waits until they are healthy.")
          .external()
          .doc("Docker Compose does it: the plugin `docker compose` where there is one, else `docker-compose`, also of version 1. The file is read "
               "where it lies, and its relative paths begin there. Compose is asked in each run, and changes only what is not as the file says: "
               "a second run finds the same containers. They stay when the run ends, and `compose.down` takes them away; with `keep = false` they go when "
               "the run ends, however it ends, as a test wants it; where sdlrun itself is killed, the next run in this project takes them away first.\n\n"
               "A service is waited for until its health check says so, one without until it runs; one that has ended with 0 has done its work. "
               "A service that ends otherwise or is unhealthy fails the step, with the last lines of its log. `with { timeout }` says how long all may take.\n\n"
               "`${VARIABLES}` of the file come from `with { env }`, which takes secrets too, and from `.env` beside the file; those of your shell "
               "are not handed on, nor are `COMPOSE_…`.")
          .example("step stack = compose.up { file = \"compose.yaml\" } with {\n"
                   "  env = { \"VERSION\": \"3\" }\n"
                   "  timeout = 2m\n"
                   "}")
          .input("file", "file", "The compose file: one of yours, none that a step has made.")
          .input("project", "string?", "What the stack is called; none: as Compose does it, the file's own `name`, else that of its folder.", "none")
          .input("services", "[string]", "The services to bring up, with those that they depend on; none: all.", "[]")
          .input("profiles", "[string]", "Profiles of the file whose services belong to it too.", "[]")
          .input("wait", "enum(\"healthy\", \"started\")", "What is waited for.", "\"healthy\"")
          .input("build", "bool", "Whether images with a `build` are built anew, as their files may have changed; those that are missing always are.", "false")
          .input("keep", "bool", "Whether the stack stays when the run ends. Else it is taken away as by `compose.down`; its volumes stay.", "true")
          .output("project", "string", "What the stack is called.")
          .output("ports", "{string: string}", "Where published ports are: `ports[\"web:80\"]` is \"127.0.0.1:8080\"; others than TCP are \"dns:53/udp\".")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> compose_up_stage() { return std::make_unique<ComposeUp>(); }

}  // namespace sdlrun::stages
