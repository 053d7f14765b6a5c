#include <algorithm>
#include <set>

#include "engine/task/lanes.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/image/image_reference.hpp"
#include "stages/image/image_value.hpp"
#include "stages/image/oci/layout.hpp"
#include "stages/image/registry/account.hpp"
#include "stages/image/registry/transfer_progress.hpp"
#include "stages/image/registry/upload.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace image {
namespace {

constexpr std::size_t uploads_at_once = 4;

struct Target {
  Reference repository;
  std::vector<std::string> tags;
};

Result<Reference> repository_named(const std::string& text) {
  if (text.empty()) {
    return engine::failure("it is not said where the image goes: `repository` is empty",
                           "it is written \"registry.example.com/team/imdb:1\"; where it comes from a param, the command line says `image=registry.example.com/team/imdb:1`");
  }
  auto repository = parse_repository(text);
  if (repository && !repository->digest.empty()) return engine::failure("`repository` names a digest, and an image's digest follows from what is in it", "leave out what follows the `@`");
  return repository;
}

Result<std::vector<std::string>> good_tags(std::vector<std::string> tags) {
  for (const std::string& tag : tags) {
    if (!is_tag(tag)) return engine::failure("`" + tag + "` is no tag", "a tag has letters, digits, `.`, `_` and `-`, at most 128 of them");
  }
  return tags;
}

Result<Target> target_of(const engine::StageInputs& inputs) {
  auto repository = repository_named(inputs.text("repository"));
  if (!repository) return tl::unexpected(std::move(repository.error()));
  auto tags = good_tags(inputs.texts("tags"));
  if (!tags) return tl::unexpected(std::move(tags.error()));
  if (!repository->tag.empty()) tags->insert(tags->begin(), repository->tag);
  if (tags->empty()) tags->push_back("latest");
  return Target{.repository = std::move(*repository), .tags = std::move(*tags)};
}

/// Tags that do not mean this image now.
Task<Result<std::vector<std::string>>> missing_tags(Registry& registry, Target target, std::string digest) {
  std::vector<std::string> missing;
  for (const std::string& tag : target.tags) {
    std::string repository = target.repository.repository, version = tag;
    Task<Result<std::optional<std::string>>> asking = digest_in_registry(registry, std::move(repository), std::move(version), true);
    const Result<std::optional<std::string>> there = co_await asking;
    if (!there) co_return tl::unexpected(there.error());
    if (*there != digest) missing.push_back(tag);
  }
  co_return missing;
}

/// Where the base came from the same registry, its layers are there.
std::string repository_of_base(const Image& image, const Target& target) {
  const auto name = image.manifest.annotations.find(base_name);
  if (name == image.manifest.annotations.end()) return "";
  const auto base = parse_reference(name->second);
  const bool is_same = base && base->host == target.repository.host && base->repository != target.repository.repository;
  return is_same ? base->repository : "";
}

std::vector<Descriptor> blobs_of_image(const Image& image) {
  std::vector<Descriptor> blobs;
  std::set<std::string> seen;
  const auto add = [&](const Descriptor& blob) {
    if (seen.insert(blob.digest).second) blobs.push_back(blob);
  };
  for (const Descriptor& layer : image.manifest.layers) add(layer);
  add(image.manifest.config);
  return blobs;
}

Task<Result<bool>> push_blobs(Registry& registry, const Image& image, const Target& target) {
  const std::vector<Descriptor> blobs = blobs_of_image(image);
  const std::string other = repository_of_base(image, target);
  const auto progress = std::make_shared<TransferProgress>(registry.context(), "pushed", blobs);
  std::function<Task<Result<bool>>(std::size_t)> push_one = [&registry, &image, &target, &blobs, other, progress](std::size_t number) -> Task<Result<bool>> {
    Upload upload{.repository = target.repository.repository, .blob = blobs[number], .file = image.blob(blobs[number]), .other_repository = other};
    upload.on_progress = [progress](std::uint64_t bytes) { progress->add(bytes); };
    Task<Result<bool>> uploading = upload_blob(registry, std::move(upload));
    co_return co_await uploading;
  };
  Task<Result<bool>> pushing = engine::in_lanes(blobs.size(), uploads_at_once, std::move(push_one));
  co_return co_await pushing;
}

/// The manifest last: nobody sees an image before it is whole.
Task<Result<bool>> push_tags(Registry& registry, const Image& image, const Target& target, std::vector<std::string> tags) {
  for (const std::string& tag : tags) {
    std::string repository = target.repository.repository, version = tag, text = image.manifest_text, type = image.manifest.media_type;
    Task<Result<std::string>> putting = put_manifest(registry, std::move(repository), std::move(version), std::move(text), std::move(type));
    if (const Result<std::string> put = co_await putting; !put) co_return tl::unexpected(put.error());
  }
  co_return true;
}

Task<Result<bool>> push(Registry& registry, const Image& image, const Target& target) {
  Target asked = target;
  std::string digest = image.digest;
  Task<Result<std::vector<std::string>>> asking = missing_tags(registry, std::move(asked), std::move(digest));
  Result<std::vector<std::string>> tags = co_await asking;
  if (!tags) co_return tl::unexpected(tags.error());
  if (tags->empty()) {
    registry.context().log("the registry has it already");
    co_return true;
  }
  Task<Result<bool>> pushing = push_blobs(registry, image, target);
  if (const Result<bool> pushed = co_await pushing; !pushed) co_return pushed;
  Task<Result<bool>> tagging = push_tags(registry, image, target, std::move(*tags));
  co_return co_await tagging;
}

}  // namespace
}  // namespace image

namespace {

class ImagePush final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "repository") return "push to " + dsl::plain_text(value) + ", unless it is there";
    }
    return "push an image, unless it is there";
  }

  std::vector<engine::InputMistake> mistakes(const engine::KnownInputs& known) const override {
    std::vector<engine::InputMistake> found;
    const auto check = [&](const char* input, const auto& result) {
      if (!result) found.push_back({.input = input, .message = result.error().message, .hint = result.error().hint});
    };
    if (const auto repository = known("repository")) check("repository", image::repository_named(dsl::plain_text(*repository)));
    if (const auto tags = known("tags")) check("tags", image::good_tags(engine::StageInputs({{"tags", *tags}}).texts("tags")));
    return found;
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    const auto target = image::target_of(context.inputs());
    auto access = target ? image::access_of(context, target->repository.host) : tl::unexpected(target.error());
    if (!access) co_return access.error().message;
    image::Registry registry(context, std::move(*access));
    Task<Result<bool>> opening = registry.open();
    if (const Result<bool> opened = co_await opening; !opened) co_return "whether the registry still has it could not be asked";
    image::Target asked = *target;
    std::string digest = image::image_in(context.inputs()["image"]).digest;
    Task<Result<std::vector<std::string>>> asking = image::missing_tags(registry, std::move(asked), std::move(digest));
    const Result<std::vector<std::string>> missing = co_await asking;
    if (!missing) co_return "whether the registry still has it could not be asked";
    if (missing->empty()) co_return std::nullopt;
    co_return "the registry's `" + missing->front() + "` is not this image any more";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const auto target = image::target_of(context.inputs());
    if (!target) co_return tl::unexpected(target.error());
    const image::ImageValue value = image::image_in(context.inputs()["image"]);
    const auto image = image::read_image(context.world().files, value.layout, value.digest, "`" + value.layout.string() + "`");
    if (!image) co_return tl::unexpected(image.error());
    auto access = image::access_of(context, target->repository.host);
    if (!access) co_return tl::unexpected(access.error());
    image::Registry registry(context, std::move(*access));
    Task<Result<bool>> opening = registry.open();
    if (const Result<bool> opened = co_await opening; !opened) co_return tl::unexpected(opened.error());
    Task<Result<bool>> pushing = image::push(registry, *image, *target);
    if (const Result<bool> pushed = co_await pushing; !pushed) co_return tl::unexpected(pushed.error());
    const std::string name = target->repository.host + '/' + target->repository.repository + '@' + image->digest;
    co_return engine::StageOutputs{{"digest", dsl::Value::text(image->digest)}, {"reference", dsl::Value::text(name)}, {"image", image::reference_value(name, image->digest)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("image", "push", "Pushes a container image to a registry.")
          .version(2)
          .external()
          .doc("Only what the registry lacks is sent, several contents at a time, the manifest last. An upload that was broken off goes on where it "
               "ended. Where all tags mean this image already nothing is done: also of a step that comes from the cache the registry is asked first.\n\n"
               "Who we are is taken from Docker's configuration, as `docker login` leaves it, with the keychains that it names, unless `username` and "
               "`password` say otherwise. TLS is verified; without it registries on this machine are spoken to, and others only with `insecure = true`.")
          .example("step pushed = image.push {\n"
                   "  image = image.image\n"
                   "  repository = \"registry.example.com/team/imdb\"\n"
                   "  tags = [\"1\", \"latest\"]\n"
                   "}")
          .input("image", image::image_type, "The image, as `image.build` and `image.pull` give it.")
          .input("repository", "string", "Where it goes: host and name; a tag may stand behind.")
          .input("tags", "[string]", "What it is called there; none at all: \"latest\".", "[]")
          .input("username", "string?", image::username_doc, "none")
          .input("password", "secret<string>?", image::password_doc, "none")
          .input("insecure", "bool", image::insecure_doc, "false")
          .output("digest", "string", "The digest that the registry holds.")
          .output("reference", "string", "The image's name with its digest: it means this image for ever.")
          .output("image", image::reference_type, "The image under that name, for steps that run in it.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> image_push_stage() { return std::make_unique<ImagePush>(); }

}  // namespace sdlrun::stages
