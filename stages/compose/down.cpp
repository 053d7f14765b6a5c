#include "stages/compose/compose_stages.hpp"
#include "stages/compose/containers.hpp"
#include "stages/compose/failure.hpp"
#include "stages/compose/project.hpp"
#include "stages/compose/removal.hpp"
#include "stages/compose/tool.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;

namespace compose {
namespace {

/// What else than containers a project has left: Compose's labels are on all of it.
Task<Result<std::vector<std::string>>> things_of(engine::StageContext& context, std::string kind, std::string project) {
  std::vector<std::string> list = {kind, "ls", "--quiet", "--filter", "label=com.docker.compose.project=" + project};
  Task<Result<std::string>> listing = container::ask_docker(context, std::move(list));
  const Result<std::string> names = co_await listing;
  if (!names) co_return tl::unexpected(names.error());
  co_return container::lines_of(*names);
}

Task<Result<bool>> remove(engine::StageContext& context, const Removal& removal) {
  Task<Result<Tool>> finding = find_tool(context);
  const Result<Tool> tool = co_await finding;
  std::vector<std::string> command = removal_command(tool ? std::optional(*tool) : std::nullopt, removal);
  Task<Result<Finished>> running = run_tool(context, std::move(command), "/");
  const Result<Finished> finished = co_await running;
  if (!finished) co_return tl::unexpected(finished.error());
  if (finished->result.success()) co_return true;
  co_return tl::unexpected(error_of({.shown = "taking it away", .how = describe(finished->result), .printed = finished->printed, .file = "", .project = removal.project}));
}

/// How many things of a project there are: containers; then networks and, where they are to go too, volumes.
struct Found {
  std::size_t containers = 0;
  std::size_t others = 0;
};

Task<Result<Found>> look_for(engine::StageContext& context, const Removal& removal) {
  std::string project = removal.project;
  Task<Result<std::vector<Container>>> looking = containers_of(context, std::move(project));
  const Result<std::vector<Container>> containers = co_await looking;
  if (!containers) co_return tl::unexpected(containers.error());
  Found found{.containers = containers->size(), .others = 0};
  std::vector<std::string> kinds = {"network"};
  if (removal.takes_volumes) kinds.emplace_back("volume");
  for (const std::string& kind : kinds) {
    std::string of_kind = kind, of_project = removal.project;
    Task<Result<std::vector<std::string>>> listing = things_of(context, std::move(of_kind), std::move(of_project));
    const Result<std::vector<std::string>> things = co_await listing;
    if (!things) co_return tl::unexpected(things.error());
    found.others += things->size();
  }
  co_return found;
}

}  // namespace
}  // namespace compose

namespace {

class ComposeDown final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "project" && value.as<std::string>() != nullptr) return "take down the Compose project " + dsl::plain_text(value) + ", where it is up";
    }
    return "take down a Compose project, where it is up";
  }

  /// That it was taken away once says nothing of now.
  bool asks_outside(const dsl::Fields&) const override { return true; }
  Task<std::optional<std::string>> changed_outside(engine::StageContext&, const dsl::Fields&) const override { co_return "Docker is asked each time"; }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    if (context.inputs().has("project") == context.inputs().has("file")) {
      co_return engine::failure("`compose.down` wants either `project` or `file`", "`project` names the stack, as `compose.up` gives it; of a `file` the name is taken as `compose.up` does");
    }
    if (auto fine = compose::check_file(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const auto project = compose::project_of(context);
    if (!project) co_return tl::unexpected(project.error());
    const compose::Removal removal{.project = *project, .takes_volumes = context.inputs().boolean("volumes")};
    Task<Result<std::string>> finding = container::docker_endpoint(context);
    if (const Result<std::string> found = co_await finding; !found) co_return tl::unexpected(found.error());
    Task<Result<compose::Found>> looking = compose::look_for(context, removal);
    const Result<compose::Found> found = co_await looking;
    if (!found) co_return tl::unexpected(found.error());
    if (found->containers + found->others == 0) {
      context.log("nothing is there of the project " + *project);
    } else {
      Task<Result<bool>> removing = compose::remove(context, removal);
      if (const Result<bool> removed = co_await removing; !removed) co_return tl::unexpected(removed.error());
    }
    co_return engine::StageOutputs{{"removed", dsl::Value::integer(static_cast<std::int64_t>(found->containers))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("compose", "down", "Takes away what `compose.up` has brought up.")
          .external()
          .doc("The project's containers are stopped and removed, then its networks, and with `volumes = true` its volumes, also those of services "
               "that the compose file does not have any more. Neither the file nor its variables are needed: Compose's labels say what belongs to it. "
               "A project that is not there is no error. It is looked for in each run.\n\n"
               "With `on_demand` it is done when it is asked for: `sdlrun stack.sdl down`.")
          .example("step down = compose.down { file = \"compose.yaml\" } with { on_demand = true }")
          .input("project", "string?", "What the stack is called.", "none")
          .input("file", "file?", "Instead of `project`: the compose file, for its name.", "none")
          .input("volumes", "bool", "Whether its volumes go too, with what is in them.", "false")
          .output("removed", "int", "How many containers were removed.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> compose_down_stage() { return std::make_unique<ComposeDown>(); }

}  // namespace sdlrun::stages
