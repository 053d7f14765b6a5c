#include <algorithm>
#include <filesystem>

#include "stages/image/aside.hpp"
#include "stages/image/base_image.hpp"
#include "stages/image/engine_image.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/image/image_value.hpp"
#include "stages/image/kept_layer.hpp"
#include "stages/image/package_layer.hpp"
#include "stages/image/layer/layer_file.hpp"
#include "stages/image/moved_tag.hpp"
#include "stages/image/reference.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace image {
namespace {

std::map<std::string, std::string> texts_of(const dsl::Value& map) {
  std::map<std::string, std::string> texts;
  if (map.as_fields() == nullptr) return texts;
  for (const auto& [name, value] : *map.as_fields()) texts[name] = dsl::plain_text(value);
  return texts;
}

/// What the step says, checked before anything is fetched.
struct Recipe {
  Platform platform;
  std::optional<PythonEnvironment> packages;
  LayerEntries files;
  ConfigChanges changes;
};

Result<void> add_files(const engine::Files& files, const dsl::Value& map, LayerEntries& entries) {
  if (map.as_fields() == nullptr) return {};
  for (const auto& [place, source] : *map.as_fields()) {
    const auto inner = checked_place(place);
    if (!inner) return tl::unexpected(inner.error());
    if (inner->empty() && source.as<dsl::FileValue>() != nullptr) return engine::failure("a file cannot lie at `/`", "write the full name that it is to have there");
    if (auto added = add_entries(files, dsl::plain_text(source), *inner, entries); !added) return added;
  }
  return {};
}

Result<Recipe> recipe_of(engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  auto platform = parse_platform(inputs.text("platform"));
  if (!platform) return tl::unexpected(std::move(platform.error()));
  Recipe recipe{.platform = std::move(*platform), .packages = {}, .files = {}, .changes = {}};
  if (inputs.has("packages")) {
    recipe.packages = python_environment(inputs["packages"]);
    if (auto serves = check_platform(*recipe.packages, recipe.platform); !serves) return tl::unexpected(std::move(serves.error()));
  }
  if (auto added = add_files(context.world().files, inputs["files"], recipe.files); !added) return tl::unexpected(std::move(added.error()));
  recipe.changes.variables = texts_of(inputs["env"]);
  recipe.changes.labels = texts_of(inputs["labels"]);
  for (const auto& [name, value] : recipe.changes.variables) {
    if (name.empty() || name.find('=') != std::string::npos) return engine::failure("`" + name + "` is no name of a variable", "name and value stand apart: `env = { \"MODE\": \"fast\" }`");
  }
  if (inputs.has("user")) recipe.changes.user = inputs.text("user");
  if (inputs.has("entrypoint")) recipe.changes.entrypoint = inputs.texts("entrypoint");
  return recipe;
}

/// Packages are found before what the base has of its own.
void add_to_python_path(ConfigChanges& changes, const Config& base, const std::string& place) {
  const auto given = changes.variables.find("PYTHONPATH");
  const std::string others = given != changes.variables.end() ? given->second : base.variable("PYTHONPATH");
  changes.variables["PYTHONPATH"] = others.empty() ? place : place + ':' + others;
}

void add_layer(MadeLayer layer, const std::string& made_by, Manifest& manifest, ConfigChanges& changes) {
  manifest.layers.push_back(std::move(layer.blob));
  changes.layers.push_back({.diff_id = std::move(layer.diff_id), .made_by = made_by});
}

/// "3.10", where the base's `python3` is a link to `python3.10`, as it is in most; else empty.
std::string python_of(const BaseTree& base) {
  for (const char* place : {"usr/local/bin/python3", "usr/bin/python3"}) {
    const std::string program = fs::path(base.resolved(place).value_or("")).filename().string();
    if (program.starts_with("python3.")) return program.substr(6);
  }
  return "";
}

void warn_of_other_python(engine::StageContext& context, const BaseTree& base, const std::string& wanted) {
  const std::string python = python_of(base);
  if (wanted.empty() || python.empty() || python == wanted) return;
  context.warn("the packages are for Python " + wanted + ", and the base's is " + python + ": those that are not Python only cannot be imported; `python.packages { version = \"" + python + "\", … }` has them for it");
}

/// Made once for a lock and a base: the environment is gone through only then.
Result<std::optional<MadeLayer>> layer_of_packages(engine::StageContext& context, const LayerPlace& place, const BaseTree& tree, const std::vector<Descriptor>& below, const PythonEnvironment& python) {
  std::string identity = context.inputs()["packages"].as<dsl::Handle>()->digest + '\n' + packages_place(python) + '\n';
  for (const Descriptor& layer : below) identity += layer.digest + '\n';
  return kept_layer(context, place, identity, [&]() -> Result<LayerEntries> {
    const auto entries = package_entries(context.world().files, python);
    if (!entries) return tl::unexpected(entries.error());
    return placed_above(tree, *entries);
  });
}

Result<Manifest> make_layers(engine::StageContext& context, const std::optional<Image>& base, Recipe& recipe, const fs::path& blobs) {
  Manifest manifest;
  BaseTree tree;
  if (base) {
    auto known = tree_of(context, *base);
    if (!known) return tl::unexpected(std::move(known.error()));
    tree = std::move(*known);
    if (recipe.packages) warn_of_other_python(context, tree, recipe.packages->version);
    if (auto placed = place_blobs(context, *base, blobs); !placed) return tl::unexpected(std::move(placed.error()));
    manifest.layers = base->manifest.layers;
    for (Descriptor& layer : manifest.layers) layer.media_type = as_oci_layer(layer.media_type);
  }
  const LayerPlace place{.files = context.world().files, .blobs = blobs, .is_stopped = [&context] { return context.stopping(); }};
  context.progress("making layers");
  if (recipe.packages) {
    auto layer = layer_of_packages(context, place, tree, manifest.layers, *recipe.packages);
    if (!layer) return tl::unexpected(std::move(layer.error()));
    if (*layer) add_layer(std::move(**layer), "sdlrun: packages", manifest, recipe.changes);
  }
  if (!recipe.files.empty()) {
    const auto entries = placed_above(tree, recipe.files);
    if (!entries) return tl::unexpected(entries.error());
    auto layer = make_layer(place, *entries);
    if (!layer) return tl::unexpected(std::move(layer.error()));
    add_layer(std::move(*layer), "sdlrun: files", manifest, recipe.changes);
  }
  if (manifest.layers.empty()) return engine::failure("the image would be empty", "give it a `base`, or `files`");
  return manifest;
}

/// Where the base came from, in the words of the specification: pushes and later runs look at it.
void name_base(Manifest& manifest, const engine::StageContext& context, const std::optional<Image>& base) {
  if (base && image_in_engine(context.inputs()["base"])) manifest.annotations[base_id] = base->named_digest;
  const auto name = name_in_registry(context.inputs()["base"]);
  const auto reference = name ? parse_reference(*name) : engine::failure("");
  if (!reference || !base) return;
  manifest.annotations[base_name] = reference_text(*reference);
  manifest.annotations[base_digest] = base->named_digest;
}

Result<std::string> make_image(engine::StageContext& context, const std::optional<Image>& base, Recipe recipe, const fs::path& layout) {
  engine::Files& files = context.world().files;
  const fs::path blobs = blobs_of(layout);
  auto manifest = make_layers(context, base, recipe, blobs);
  if (!manifest) return tl::unexpected(std::move(manifest.error()));
  const Config start = base ? base->config : empty_config(recipe.platform);
  if (recipe.packages) add_to_python_path(recipe.changes, start, '/' + packages_place(*recipe.packages));
  const Config config = changed(start, recipe.changes);
  auto config_blob = write_blob(files, blobs, media::config, encode(config));
  if (!config_blob) return tl::unexpected(std::move(config_blob.error()));
  manifest->config = std::move(*config_blob);
  name_base(*manifest, context, base);
  auto descriptor = write_blob(files, blobs, media::manifest, encode(*manifest));
  if (!descriptor) return tl::unexpected(std::move(descriptor.error()));
  descriptor->platform = recipe.platform;
  if (auto written = write_layout(files, layout, *descriptor); !written) return tl::unexpected(std::move(written.error()));
  return descriptor->digest;
}

}  // namespace
}  // namespace image

namespace {

class ImageBuild final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "base" && value.as<std::string>() != nullptr) return "build an image on " + dsl::plain_text(value);
    }
    return "build an image";
  }

  std::vector<std::pair<std::string, std::string>> key_parts(const dsl::Fields&) const override { return {{"zlib", image::compression_version()}}; }

  /// The base's name is in the key, and what it meant in the image: whether it still does only its registry knows, or the engine.
  bool asks_outside(const dsl::Fields& inputs) const override {
    const auto base = std::find_if(inputs.begin(), inputs.end(), [](const auto& input) { return input.first == "base"; });
    if (base != inputs.end() && image::image_in_engine(base->second)) return true;
    const auto name = base == inputs.end() ? std::nullopt : image::name_in_registry(base->second);
    const auto reference = name ? image::parse_reference(*name) : engine::failure("");
    return reference && reference->is_by_tag_only();
  }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields& outputs) const override {
    std::string name = image::name_in_registry(context.inputs()["base"]).value_or("");
    const auto reference = image::parse_reference(name);
    const image::ImageValue value = image::image_in(outputs[0].second);
    const auto built = image::read_image(context.world().files, value.layout, value.digest, "the image");
    if (!built) co_return "its layout cannot be read";
    const auto annotation = [&](const char* key) { return built->manifest.annotations.count(key) > 0 ? built->manifest.annotations.at(key) : ""; };
    if (auto wanted = image::image_in_engine(context.inputs()["base"])) {
      std::string id = annotation(image::base_id);
      Task<std::optional<std::string>> looking = image::moved_in_engine(context, std::move(*wanted), std::move(id));
      co_return co_await looking;
    }
    if (!reference) co_return "its layout cannot be read";
    image::RegistryAccess access{.host = reference->host, .insecure = context.inputs().boolean("insecure")};
    std::string digest = annotation(image::base_digest);
    Task<std::optional<std::string>> asking = image::moved_tag(context, std::move(access), std::move(name), std::move(digest));
    co_return co_await asking;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    auto recipe = image::recipe_of(context);
    if (!recipe) co_return tl::unexpected(recipe.error());
    image::BaseWish wish{.base = context.inputs()["base"], .platform = recipe->platform, .insecure = context.inputs().boolean("insecure")};
    Task<Result<std::optional<image::Image>>> finding = image::find_base(context, std::move(wish));
    const Result<std::optional<image::Image>> base = co_await finding;
    if (!base) co_return tl::unexpected(base.error());
    const fs::path layout = context.work_directory() / "image";
    std::function<Result<std::string>()> work = [&] { return image::make_image(context, *base, std::move(*recipe), layout); };
    Task<Result<std::string>> making = image::aside(std::move(work));
    const Result<std::string> digest = co_await making;
    if (!digest) co_return tl::unexpected(digest.error());
    co_return engine::StageOutputs{{"image", image::image_value(*digest, *digest, layout)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("image", "build", "Builds a container image, without a container engine.")
          .doc("Layers are put on a base: `packages` first, then `files`, so that a changed script costs one small layer. The same inputs give "
               "the same digest, on any machine: entries are sorted, belong to root, and have no time of day.\n\n"
               "`base` is the name of an image in a registry, a folder in the form of OCI (`dir(\"…\")`), an archive of `docker save` or one "
               "in the form of OCI (`file(\"…\")`), \"docker-daemon:NAME\" or \"containers-storage:NAME\" for what Docker or Podman has on this machine, the image of another step, or \"scratch\" for nothing. All that is taken from it is compared with its "
               "digests. Who may read a private registry is taken from Docker's configuration, as `docker login` leaves it.\n\n"
               "Packages lie in `/opt/python/lib/pythonX.Y/site-packages`, which `PYTHONPATH` names: the base is to have that Python.")
          .example("step image = image.build {\n"
                   "  base = \"spark:4.0.1-python3\"\n"
                   "  files = { \"/opt/app/train.py\": file(\"train.py\") }\n"
                   "}")
          .input("base", std::string("(string | file | dir | ") + image::image_type + ")?", "What it is built on; none, or \"scratch\": nothing.", "none")
          .input("files", "{string: file | dir}", "Files and folders by their place in the image, a full path.", "{}")
          .input("packages", "(python.environment | python.packages)?", "A Python environment, or packages for the base's Python, that are put into the image.", "none")
          .input("env", "{string: string}", "Variables of the environment, besides the base's.", "{}")
          .input("user", "string?", "Who its programs run as, such as \"1000\" or \"spark\"; none: as the base says.", "none")
          .input("entrypoint", "[string]?", "The program that it runs, and arguments; none: as the base says.", "none")
          .input("labels", "{string: string}", "Labels, besides the base's.", "{}")
          .input("platform", "string", "The system and processor that it is for.", "\"linux/amd64\"")
          .input("insecure", "bool", "Whether the base's registry may be spoken to without TLS.", "false")
          .output("image", image::image_type, "The image: its digest, which is its reference too until it is pushed, and the folder that holds it.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> image_build_stage() { return std::make_unique<ImageBuild>(); }

}  // namespace sdlrun::stages
