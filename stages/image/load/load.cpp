#include "stages/container/program.hpp"
#include "stages/image/aside.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/image/image_reference.hpp"
#include "stages/image/image_value.hpp"
#include "stages/image/load/load_archive.hpp"
#include "stages/image/load/load_target.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace image {
namespace {

Result<Reference> loaded_name(const engine::StageInputs& inputs) {
  auto name = parse_reference(inputs.text("name"));
  if (name && !name->digest.empty()) return engine::failure("`name` names a digest, and an image's digest follows from what is in it", "leave out what follows the `@`");
  return name;
}

Result<Image> image_given(const engine::StageContext& context, const engine::Files& files) {
  const ImageValue value = image_in(context.inputs()["image"]);
  return read_image(files, value.layout, value.digest, "`" + value.layout.string() + "`");
}

Task<Result<bool>> load(engine::StageContext& context, LoadTarget target, fs::path archive) {
  const auto printed = std::make_shared<std::string>();
  engine::ProcessRequest request;
  request.command = target.load_command(archive.string());
  request.on_line = [printed](std::string_view line) { printed->append(line).append("\n"); };
  context.progress("loading");
  Task<Result<engine::ProcessResult>> loading = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await loading;
  if (!result) co_return tl::unexpected(container::not_installed(target.program()));
  if (!result->success()) co_return tl::unexpected(load_failed(target, context.environment(), describe(*result), *printed));
  co_return true;
}

}  // namespace
}  // namespace image

namespace {

class ImageLoad final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    std::string name = "an image", into = "an engine";
    for (const auto& [input, value] : known) {
      if (input == "name") name = dsl::plain_text(value);
      if (input == "into") into = dsl::plain_text(value);
    }
    return "load " + name + " into " + into + ", unless it is there";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    const auto name = image::loaded_name(context.inputs());
    auto loaded = image::image_given(context, context.world().files);
    if (!name || !loaded) co_return "its layout cannot be read";
    image::LoadTarget target = image::load_target(context.inputs(), image::reference_text(*name));
    const std::string title = target.title();
    Task<image::Presence> asking = image::presence_of(context, std::move(target), std::move(*loaded));
    const image::Presence there = co_await asking;
    if (there == image::Presence::same) co_return std::nullopt;
    if (there == image::Presence::unknown) co_return "whether " + title + " still has it could not be asked";
    co_return there == image::Presence::absent ? title + " does not have it any more" : title + " has another image by its name";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    engine::Files& files = context.world().files;
    const auto name = image::loaded_name(context.inputs());
    if (!name) co_return tl::unexpected(name.error());
    const auto loaded = image::image_given(context, files);
    if (!loaded) co_return tl::unexpected(loaded.error());
    const image::LoadTarget target = image::load_target(context.inputs(), image::reference_text(*name));
    const std::string& id = loaded->manifest.config.digest;
    const engine::StageOutputs outputs{{"name", dsl::Value::text(target.image)}, {"id", dsl::Value::text(id)}, {"image", image::reference_value(target.image, id)}};
    image::LoadTarget asked = target;
    image::Image wanted = *loaded;
    Task<image::Presence> asking = image::presence_of(context, std::move(asked), std::move(wanted));
    if (const image::Presence there = co_await asking; there == image::Presence::same) {
      context.log("it is there already");
      co_return outputs;
    }
    const fs::path archive = context.scratch_directory() / "image.tar";
    const std::function<bool()> is_stopped = [&context] { return context.stopping(); };
    std::function<Result<void>()> work = [&] { return image::write_load_archive(files, *loaded, *name, archive, is_stopped); };
    Task<Result<void>> writing = image::aside(std::move(work));
    if (const Result<void> written = co_await writing; !written) co_return tl::unexpected(written.error());
    image::LoadTarget place = target;
    fs::path file = archive;
    Task<Result<bool>> loading = image::load(context, std::move(place), std::move(file));
    if (const Result<bool> done = co_await loading; !done) co_return tl::unexpected(done.error());
    asked = target;
    wanted = *loaded;
    Task<image::Presence> looking = image::presence_of(context, std::move(asked), std::move(wanted));
    const image::Presence there = co_await looking;
    // Some tools say that all went well whatever became of it.
    if (there == image::Presence::absent) {
      co_return engine::failure("`" + target.program() + "` reports no failure, and " + target.title() + " does not have the image", "its log shows what it printed");
    }
    if (there == image::Presence::other) context.warn(target.title() + " shows `" + target.image + "` with another id than the image has: is it what was loaded?");
    co_return outputs;
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("image", "load", "Hands an image to a container engine or a cluster on this machine.")
          .version(2)
          .external()
          .doc("For engines that are to run an image which no registry has: Docker, Podman, containerd, minikube and kind. The image keeps its digests: its "
               "`id` is what `docker image inspect` shows.\n\n"
               "Where the engine has this image by this name nothing is done. It is asked first also where the step's result is known, and gets the image again where "
               "somebody has removed it.")
          .example("step loaded = image.load {\n"
                   "  image = image.image\n"
                   "  into = \"docker\"\n"
                   "  name = \"team/app:1\"\n"
                   "}")
          .input("image", image::image_type, "The image, as `image.build`, `image.dockerfile` and `image.pull` give it.")
          .input("into", "enum(\"docker\", \"podman\", \"containerd\", \"minikube\", \"kind\")", "Who gets it.")
          .input("name", "string", "What it is called there; without a tag it is `latest`.")
          .input("cluster", "string?", "minikube's profile or kind's cluster; none: the tool's own default.", "none")
          .input("namespace", "string", "containerd's namespace: Kubernetes looks into this one.", "\"k8s.io\"")
          .output("name", "string", "Its name in full, with registry and tag.")
          .output("id", "string", "The digest of its configuration: Docker's image id.")
          .output("image", image::reference_type, "The image under that name, for steps that run in it.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> image_load_stage() { return std::make_unique<ImageLoad>(); }

}  // namespace sdlrun::stages
