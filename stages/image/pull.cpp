#include "stages/image/base_image.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/image/image_value.hpp"
#include "stages/image/moved_tag.hpp"
#include "stages/image/registry/account.hpp"
#include "stages/image/registry/download.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace image {
namespace {

/// What the name meant, index or manifest, for whoever asks later whether it has moved.
constexpr const char* named_digest = "org.sdlrun.named-digest";

}  // namespace
}  // namespace image

namespace {

class ImagePull final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "reference") return "pull " + dsl::plain_text(value);
    }
    return "pull an image";
  }

  bool asks_outside(const dsl::Fields& inputs) const override {
    const dsl::Value reference = dsl::Value::record(inputs);
    const dsl::Value* name = reference.find("reference");
    const auto parsed = image::parse_reference(dsl::plain_text(*name));
    return parsed && parsed->is_by_tag_only();
  }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields& outputs) const override {
    std::string name = context.inputs().text("reference");
    const auto reference = image::parse_reference(name);
    if (!reference) co_return std::nullopt;
    auto access = image::access_of(context, reference->host);
    if (!access) co_return access.error().message;
    const auto index = context.world().files.read(image::image_in(outputs[0].second).layout / "index.json");
    const auto decoded = index ? image::decode_manifest(*index, "the layout") : tl::unexpected(index.error());
    const auto* list = decoded ? std::get_if<image::Index>(&*decoded) : nullptr;
    if (list == nullptr || list->manifests.empty()) co_return "its layout cannot be read";
    const auto named = list->manifests[0].annotations.find(image::named_digest);
    std::string digest = named == list->manifests[0].annotations.end() ? "" : named->second;
    Task<std::optional<std::string>> asking = image::moved_tag(context, std::move(*access), std::move(name), std::move(digest));
    co_return co_await asking;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const auto reference = image::parse_reference(context.inputs().text("reference"));
    if (!reference) co_return tl::unexpected(reference.error());
    const auto platform = image::parse_platform(context.inputs().text("platform"));
    if (!platform) co_return tl::unexpected(platform.error());
    auto access = image::access_of(context, reference->host);
    if (!access) co_return tl::unexpected(access.error());
    image::Registry registry(context, std::move(*access));
    Task<Result<bool>> opening = registry.open();
    if (const Result<bool> opened = co_await opening; !opened) co_return tl::unexpected(opened.error());
    image::Reference asked = *reference;
    image::Platform wanted = *platform;
    Task<Result<image::Image>> fetching = image::fetch_image(registry, std::move(asked), std::move(wanted));
    const Result<image::Image> pulled = co_await fetching;
    if (!pulled) co_return tl::unexpected(pulled.error());
    const fs::path layout = context.work_directory() / "image";
    if (auto kept = image::keep_image(context, *pulled, *platform, layout, {{image::named_digest, pulled->named_digest}}); !kept) co_return tl::unexpected(kept.error());
    const std::string name = reference->host + '/' + reference->repository + '@' + pulled->digest;
    co_return engine::StageOutputs{{"image", image::image_value(name, pulled->digest, layout)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("image", "pull", "Pulls a container image from a registry.")
          .external()
          .doc("The image is left in a folder in the form of OCI, all of it compared with its digests. Contents that this machine has pulled before "
               "are not fetched again; what was cut off goes on where it ended, also in a later run.\n\n"
               "A tag may mean another image tomorrow: before a result is taken from the cache the registry is asked what it means now. A "
               "digest (`name@sha256:…`) means one image for ever, and nobody is asked.")
          .example("step base = image.pull { reference = \"registry.example.com/team/base:1\" }")
          .input("reference", "string", "The image's name, with a tag or a digest; without a host it is Docker's registry.")
          .input("platform", "string", "The system and processor that it is for.", "\"linux/amd64\"")
          .input("username", "string?", image::username_doc, "none")
          .input("password", "secret<string>?", image::password_doc, "none")
          .input("insecure", "bool", image::insecure_doc, "false")
          .output("image", image::image_type, "The image, by its digest, and the folder that holds it.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> image_pull_stage() { return std::make_unique<ImagePull>(); }

}  // namespace sdlrun::stages
