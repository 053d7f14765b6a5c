#include <algorithm>
#include <memory>

#include "engine/cache/digest.hpp"
#include "stages/container/build_engine.hpp"
#include "stages/container/program.hpp"
#include "stages/image/archive.hpp"
#include "stages/image/aside.hpp"
#include "stages/image/base_image.hpp"
#include "stages/image/dockerfile/build_context.hpp"
#include "stages/image/dockerfile/build_output.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/image/image_value.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace image {

using container::ContainerEngine;
using container::EngineKind;

namespace {

/// The oldest time that zip archives can hold: programs that make one in a RUN refuse what is older.
constexpr const char* time_of_layers = "315532800";

std::optional<fs::path> given_path(const dsl::Value* value) {
  if (value == nullptr || value->is_none()) return std::nullopt;
  return fs::path(dsl::plain_text(*value));
}

/// What is built, with what, and where it goes for the time being.
struct Build {
  ContainerEngine engine;
  Platform platform;
  fs::path folder;      // of this build: what it holds is below
  std::string tag;      // of the image in the engine, while it is there

  fs::path context() const { return folder / "context"; }
  fs::path dockerfile() const { return folder / "Dockerfile"; }
  fs::path id_file() const { return folder / "id"; }
  fs::path archive() const { return folder / "image.tar"; }
};

/// Secrets reach the engine's client by variables, which only we and root can read.
std::string secret_variable(std::size_t number) { return "SDLRUN_BUILD_SECRET_" + std::to_string(number); }

Result<engine::Environment> environment_with_secrets(engine::StageContext& context, const ContainerEngine& engine) {
  engine::Environment environment = engine.environment(context);
  std::size_t number = 0;
  for (const auto& [name, value] : *context.inputs()["secrets"].as_fields()) {
    if (name.find_first_of(",=\"") != std::string::npos || name.empty()) return engine::failure("`" + name + "` is no id of a build secret", "it is what stands in `RUN --mount=type=secret,id=…`: letters, digits, `_`, `-` and `.`");
    auto text = context.read_secret(*value.as<dsl::SecretValue>());
    if (!text) return tl::unexpected(std::move(text.error()));
    set_variable(environment, secret_variable(++number), std::move(*text));
  }
  return environment;
}

void add_pairs(std::vector<std::string>& command, const std::string& option, const dsl::Value& map) {
  for (const auto& [name, value] : *map.as_fields()) command.insert(command.end(), {option, name + '=' + dsl::plain_text(value)});
}

std::vector<std::string> build_command(const Build& build, const engine::StageInputs& inputs) {
  std::vector<std::string> command = {build.engine.program()};
  const auto add = [&](std::initializer_list<std::string> words) { command.insert(command.end(), words); };
  if (build.engine.has_buildx) add({"buildx"});
  add({"build", "--platform", platform_text(build.platform), "--file", build.dockerfile().string(), "--iidfile", build.id_file().string()});
  if (build.engine.kind == EngineKind::docker) add({"--tag", build.tag});
  else add({"--layers", "--timestamp", time_of_layers});
  if (build.engine.has_buildkit) add({"--progress", "plain"});
  else add({"--force-rm"});  // what it has run a line in, also where that fails
  if (build.engine.has_buildx) add({"--load", "--provenance=false"});
  if (inputs.has("target")) add({"--target", inputs.text("target")});
  add_pairs(command, "--build-arg", inputs["args"]);
  add_pairs(command, "--label", inputs["labels"]);
  std::size_t number = 0;
  for (const auto& secret : *inputs["secrets"].as_fields()) add({"--secret", "id=" + secret.first + ",env=" + secret_variable(++number)});
  add({build.context().string()});
  return command;
}

Result<std::string> prepare(engine::StageContext& context, engine::Files& files, const BuildContext& from, const Build& build) {
  context.progress("copying the context");
  auto text = files.read(from.dockerfile());
  if (!text) return text;
  if (auto made = files.make_directories(build.folder); !made) return tl::unexpected(std::move(made.error()));
  if (auto written = files.write(build.dockerfile(), *text); !written) return tl::unexpected(std::move(written.error()));
  if (auto copied = from.copy_to(files, build.context(), [&context] { return context.stopping(); }); !copied) return tl::unexpected(std::move(copied.error()));
  return text;
}

std::string shown(const BuildStep& step) {
  return "step " + std::to_string(step.number) + " of " + std::to_string(step.total) + ": " + step.instruction;
}

Task<Result<bool>> run_build(engine::StageContext& context, const BuildContext& from, const Build& build, std::string dockerfile_text) {
  auto environment = environment_with_secrets(context, build.engine);
  if (!environment) co_return tl::unexpected(environment.error());
  const auto output = std::make_shared<BuildOutput>();
  engine::ProcessRequest request;
  request.command = build_command(build, context.inputs());
  request.environment = std::move(*environment);
  request.on_line = [&context, output](std::string_view line) {
    if (const auto step = output->take(line)) context.progress(shown(*step));
  };
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) {
    const BuiltFrom built{.dockerfile = from.dockerfile().filename().string(), .text = std::move(dockerfile_text), .folder = from.folder().string(), .why_left_out = [&from](const std::string& place) { return from.why_left_out(place); }};
    co_return tl::unexpected(output->failure(build.engine.title(), describe(*result), built));
  }
  std::vector<std::string> given;
  for (const auto& argument : *context.inputs()["args"].as_fields()) given.push_back(argument.first);
  for (const std::string& name : output->unused_arguments(given)) context.warn("the Dockerfile takes no argument `" + name + "`: it has no `ARG " + name + "`");
  for (const std::string& instruction : output->left_out()) context.warn("`" + instruction + "` is left out by " + build.engine.title() + ", whose images are in the form of OCI: Docker would keep it");
  co_return true;
}

/// The engine's image as an archive.
Task<Result<bool>> save(engine::StageContext& context, const Build& build) {
  const auto id = context.world().files.read(build.id_file());
  if (!id) co_return tl::unexpected(id.error());
  const std::string archive = build.archive().filename().string();
  engine::ProcessRequest request;
  if (build.engine.kind == EngineKind::docker) request.command = {"docker", "save", "--output", archive, build.tag};
  if (build.engine.kind == EngineKind::podman) request.command = {"podman", "save", "--quiet", "--format", "oci-archive", "--output", archive, *id};
  if (build.engine.kind == EngineKind::buildah) request.command = {"buildah", "push", "--quiet", *id, "oci-archive:" + archive};
  request.directory = build.folder;
  request.environment = build.engine.environment(context);
  const std::string program = build.engine.program();
  context.progress("taking the image out of " + build.engine.title());
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) co_return engine::failure("the image was built, and `" + program + "` cannot save it: " + describe(*result), "its log shows what the engine printed", context.log_tail(3));
  co_return true;
}

/// Docker's image is for us alone; with --no-prune what it was made of stays, for the next build. The others' has no name, and
/// is what the next build begins with.
Task<bool> forget(engine::StageContext& context, const Build& build) {
  if (build.engine.kind != EngineKind::docker || context.stopping()) co_return false;
  std::vector<std::string> command = {"docker", "rmi", "--no-prune", build.tag};
  Task<Result<container::Answer>> removing = container::ask(context, std::move(command));
  const Result<container::Answer> removed = co_await removing;
  co_return removed && removed->result.success();
}

Result<std::string> keep_built(engine::StageContext& context, const Build& build, const fs::path& layout) {
  auto built = read_archive(context.world().files, build.archive(), build.folder / "saved", build.platform, [&context] { return context.stopping(); });
  if (!built) {
    engine::Error error = built.error();
    error.message = "the image that " + build.engine.title() + " has built: " + error.message;
    return tl::unexpected(std::move(error));
  }
  if (auto kept = keep_image(context, *built, build.platform, layout, {}); !kept) return tl::unexpected(std::move(kept.error()));
  return built->digest;
}

Result<BuildContext> context_of(const engine::StageContext& context, const engine::Files& files) {
  return BuildContext::find(files, context.inputs().text("context"), given_path(&context.inputs()["dockerfile"]));
}

}  // namespace
}  // namespace image

namespace {

class ImageDockerfile final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    std::string what = "build a Dockerfile", with = "the container engine that is there";
    for (const auto& [name, value] : known) {
      if (name == "dockerfile" && !value.is_none()) what = "build " + fs::path(dsl::plain_text(value)).filename().string();
      if (name == "engine" && dsl::plain_text(value) != "any") with = dsl::plain_text(value);
    }
    return what + " with " + with;
  }

  /// The folder less what its ignore file names, and the Dockerfile, which may be among that.
  Result<std::optional<dsl::Fields>> keyed_inputs(const dsl::Fields& inputs, engine::FileDigests& digests) const override {
    const dsl::Value known = dsl::Value::record(inputs);
    const dsl::Value* folder = known.find("context");
    const auto* directory = folder == nullptr ? nullptr : folder->as<dsl::DirValue>();
    // Of a folder that a step has made the digest is known, and its Dockerfile is part of it.
    if (directory == nullptr || !directory->digest.empty()) return std::nullopt;
    const auto context = image::BuildContext::find(digests.files(), directory->path, image::given_path(known.find("dockerfile")));
    if (!context) return tl::unexpected(context.error());
    auto digest = digests.of(directory->path, *context);
    if (!digest) return tl::unexpected(std::move(digest.error()));
    dsl::Fields keyed = inputs;
    for (auto& [name, value] : keyed) {
      if (name == "context") value = dsl::Value(dsl::DirValue{directory->path, std::move(*digest)});
      if (name == "dockerfile" && value.is_none()) value = dsl::Value(dsl::FileValue{context->dockerfile().string(), ""});
    }
    // It comes first, as it may lie in the folder: then it is what has changed.
    std::stable_partition(keyed.begin(), keyed.end(), [](const auto& input) { return input.first == "dockerfile"; });
    return keyed;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    engine::Files& files = context.world().files;
    const auto platform = image::parse_platform(context.inputs().text("platform"));
    if (!platform) co_return tl::unexpected(platform.error());
    const auto from = image::context_of(context, files);
    if (!from) co_return tl::unexpected(from.error());
    container::EngineWish wish{.name = context.inputs().text("engine"), .with_build_secrets = !context.inputs()["secrets"].as_fields()->empty()};
    Task<Result<container::ContainerEngine>> finding = container::find_build_engine(context, std::move(wish));
    const Result<container::ContainerEngine> found = co_await finding;
    if (!found) co_return tl::unexpected(found.error());
    const fs::path folder = context.scratch_directory() / "build";
    const image::Build build{.engine = *found, .platform = *platform, .folder = folder, .tag = "sdlrun-build:" + engine::sha256(folder.string()).substr(0, 16)};
    std::function<Result<std::string>()> copying = [&] { return image::prepare(context, files, *from, build); };
    Task<Result<std::string>> preparing = image::aside(std::move(copying));
    const Result<std::string> text = co_await preparing;
    if (!text) co_return tl::unexpected(text.error());
    std::string dockerfile = *text;
    Task<Result<bool>> building = image::run_build(context, *from, build, std::move(dockerfile));
    if (const Result<bool> built = co_await building; !built) co_return tl::unexpected(built.error());
    Task<Result<bool>> saving = image::save(context, build);
    const Result<bool> saved = co_await saving;
    Task<bool> forgetting = image::forget(context, build);
    co_await forgetting;
    if (!saved) co_return tl::unexpected(saved.error());
    const fs::path layout = context.work_directory() / "image";
    std::function<Result<std::string>()> reading = [&] { return image::keep_built(context, build, layout); };
    Task<Result<std::string>> keeping = image::aside(std::move(reading));
    const Result<std::string> digest = co_await keeping;
    if (!digest) co_return tl::unexpected(digest.error());
    co_return engine::StageOutputs{{"image", image::image_value(*digest, *digest, layout)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("image", "dockerfile", "Builds a container image from a Dockerfile, with the container engine that is there.")
          .doc("Docker builds it where its engine answers (with BuildKit where its client can, else with its classic builder), else Podman, else Buildah; "
               "`engine` names one of them. Its log says which it was.\n\n"
               "`.dockerignore`, or `NAME.dockerignore` beside the Dockerfile `NAME`, says what of `context` counts: what it leaves out is neither sent to the "
               "engine nor compared, so that a change there builds nothing. The ignore file itself is not sent either.\n\n"
               "Secrets are build secrets, for `RUN --mount=type=secret,id=NAME`: they are in no argument, layer or log. `args` are none, and can be read in the "
               "image's history.\n\n"
               "What a Dockerfile does may depend on more than its text: the same step can give another digest on another day or by another engine. Its result is "
               "kept as long as context, Dockerfile and inputs are the same; a base that its tag has left is not noticed. `with { cache = \"off\" }` builds each time.")
          .example("step image = image.dockerfile {\n"
                   "  context = \"service\"\n"
                   "  args = { \"VERSION\": \"1.2\" }\n"
                   "}")
          .input("context", "dir", "The folder that COPY takes from.")
          .input("dockerfile", "file?", "The Dockerfile, wherever it lies; none: `Dockerfile` in the context.", "none")
          .input("args", "{string: string}", "What its ARG lines get.", "{}")
          .input("secrets", "{string: secret<string>}", "Build secrets, by their id.", "{}")
          .input("target", "string?", "The stage of the Dockerfile that is wanted; none: the last.", "none")
          .input("labels", "{string: string}", "Labels, besides the Dockerfile's.", "{}")
          .input("platform", "string", "The system and processor that it is for.", "\"linux/amd64\"")
          .input("engine", "enum(\"any\", \"docker\", \"podman\", \"buildah\")", "What it is built with.", "\"any\"")
          .output("image", image::image_type, "The image: its digest, which is its reference too until it is pushed, and the folder that holds it.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> image_dockerfile_stage() { return std::make_unique<ImageDockerfile>(); }

}  // namespace sdlrun::stages
