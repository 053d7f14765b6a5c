#include "stages/image/base_image.hpp"

#include "stages/image/archive.hpp"
#include "stages/image/aside.hpp"
#include "stages/image/engine_image.hpp"
#include "stages/image/image_value.hpp"
#include "stages/image/registry/download.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

constexpr std::string_view nothing = "scratch";

/// A folder that a step has made is what its digest says; anybody may have written to one of the user's.
Result<std::optional<Image>> in_layout(const engine::Files& files, const fs::path& layout, const Platform& wanted, bool is_made_by_step) {
  const std::string where = "`" + layout.string() + "`";
  auto image = read_layout(files, layout, wanted, where);
  if (!image) return tl::unexpected(std::move(image.error()));
  if (!is_made_by_step) {
    for (const Descriptor& layer : image->manifest.layers) {
      if (auto whole = check_blob(files, image->blob(layer), layer, where); !whole) return tl::unexpected(std::move(whole.error()));
    }
  }
  return std::optional<Image>(std::move(*image));
}

Result<std::optional<Image>> in_archive(engine::StageContext& context, const fs::path& archive, const Platform& wanted) {
  engine::Files& files = context.world().files;
  auto image = read_archive(files, archive, context.scratch_directory() / "base", wanted, [&context] { return context.stopping(); });
  if (!image) return tl::unexpected(std::move(image.error()));
  for (const Descriptor& layer : image->manifest.layers) {
    if (auto whole = check_blob(files, image->blob(layer), layer, "`" + archive.string() + "`"); !whole) return tl::unexpected(std::move(whole.error()));
  }
  return std::optional<Image>(std::move(*image));
}

Result<std::optional<Image>> in_files(engine::StageContext& context, const BaseWish& wish) {
  const engine::Files& files = context.world().files;
  if (const auto* folder = wish.base.as<dsl::DirValue>()) return in_layout(files, folder->path, wish.platform, !folder->digest.empty());
  if (wish.base.as<dsl::Record>() != nullptr) return in_layout(files, image_in(wish.base).layout, wish.platform, true);
  if (const auto* archive = wish.base.as<dsl::FileValue>()) return in_archive(context, archive->path, wish.platform);
  return std::optional<Image>();
}

Task<Result<std::optional<Image>>> in_registry(engine::StageContext& context, std::string name, Platform wanted, bool insecure) {
  const auto reference = parse_reference(name);
  if (!reference) co_return tl::unexpected(reference.error());
  Registry registry(context, {.host = reference->host, .insecure = insecure});
  Task<Result<bool>> opening = registry.open();
  if (const Result<bool> opened = co_await opening; !opened) co_return tl::unexpected(opened.error());
  Reference asked = *reference;
  Task<Result<Image>> fetching = fetch_image(registry, std::move(asked), std::move(wanted));
  Result<Image> image = co_await fetching;
  if (!image) co_return tl::unexpected(image.error());
  co_return std::optional<Image>(std::move(*image));
}

Task<Result<std::optional<Image>>> in_engine(engine::StageContext& context, EngineImage wanted, Platform platform) {
  Task<Result<SavedImage>> saving = save_from_engine(context, std::move(wanted));
  const Result<SavedImage> saved = co_await saving;
  if (!saved) co_return tl::unexpected(saved.error());
  std::function<Result<std::optional<Image>>()> work = [&] { return in_archive(context, saved->archive, platform); };
  Task<Result<std::optional<Image>>> reading = aside(std::move(work));
  Result<std::optional<Image>> image = co_await reading;
  if (image) (*image)->named_digest = saved->id;
  co_return image;
}

/// A name without `dir` or `file` around it means an image in a registry; where that cannot be had, and a folder or file is called so, that was meant.
engine::Error with_what_lies_here(engine::Error error, const engine::StageContext& context, const engine::Files& files, const std::string& name) {
  const auto there = files.status(context.project_directory() / name);
  if (!there || !there->has_value()) return error;
  const bool is_folder = (*there)->kind == engine::FileKind::directory;
  error.hint += (error.hint.empty() ? "`" : "; `") + name + "` names an image in a registry; for the " + (is_folder ? "folder" : "file") + " here write `" + (is_folder ? "dir" : "file") + "(\"" + name + "\")`";
  return error;
}

}  // namespace

std::optional<std::string> name_in_registry(const dsl::Value& base) {
  const auto* text = base.as<std::string>();
  if (text == nullptr || *text == nothing || image_in_engine(base)) return std::nullopt;
  return *text;
}

Task<Result<std::optional<Image>>> find_base(engine::StageContext& context, BaseWish wish) {
  if (auto name = name_in_registry(wish.base)) {
    std::string asked = *name;
    Task<Result<std::optional<Image>>> fetching = in_registry(context, std::move(asked), std::move(wish.platform), wish.insecure);
    Result<std::optional<Image>> image = co_await fetching;
    if (!image) co_return tl::unexpected(with_what_lies_here(std::move(image.error()), context, context.world().files, *name));
    co_return image;
  }
  if (auto wanted = image_in_engine(wish.base)) {
    Task<Result<std::optional<Image>>> saving = in_engine(context, std::move(*wanted), std::move(wish.platform));
    co_return co_await saving;
  }
  std::function<Result<std::optional<Image>>()> work = [&] { return in_files(context, wish); };
  Task<Result<std::optional<Image>>> reading = aside(std::move(work));
  co_return co_await reading;
}

Result<BaseTree> tree_of(engine::StageContext& context, const Image& base) {
  engine::Files& files = context.world().files;
  const fs::path remembered = image_cache(context) / "changes";
  const std::vector<std::string> diff_ids = base.config.diff_ids();
  BaseTree tree;
  for (std::size_t number = 0; number < base.manifest.layers.size(); ++number) {
    const Descriptor& layer = base.manifest.layers[number];
    // Of one layer under one digest of its content: a configuration that speaks of another is found out each time.
    const fs::path memory = remembered / (digits_of(layer.digest) + '-' + digits_of(diff_ids[number]));
    if (const auto status = files.status(memory); status && status->has_value()) {
      const auto text = files.read(memory);
      if (const auto known = text ? decode_changes(*text) : std::nullopt) {
        tree.apply(*known);
        continue;
      }
    }
    if (context.stopping()) return engine::failure("stopped");
    context.progress("reading layer " + std::to_string(number + 1) + " of " + std::to_string(base.manifest.layers.size()) + " of the base");
    const auto changes = read_changes(files, base.blob(layer), layer, diff_ids[number]);
    if (!changes) return tl::unexpected(changes.error());
    if (!*changes) continue;
    tree.apply(**changes);
    // Where it cannot be remembered it is read again.
    if (files.make_directories(remembered)) static_cast<void>(files.write(memory, encode(**changes)));
  }
  return tree;
}

Result<void> place_blobs(engine::StageContext& context, const Image& base, const fs::path& blobs) {
  engine::Files& files = context.world().files;
  if (auto made = files.make_directories(blobs); !made) return made;
  const bool is_ours = base.blobs.string().starts_with(context.scratch_directory().string());
  for (const Descriptor& layer : base.manifest.layers) {
    const fs::path target = blobs / digits_of(layer.digest);
    const auto there = files.status(target);
    if (!there) return tl::unexpected(there.error());
    if (there->has_value()) continue;
    if (auto placed = is_ours ? files.rename(base.blob(layer), target) : files.clone(base.blob(layer), target); !placed) return placed;
  }
  return {};
}

Result<void> keep_image(engine::StageContext& context, const Image& image, const Platform& platform, const fs::path& layout, const Annotations& annotations) {
  engine::Files& files = context.world().files;
  if (auto placed = place_blobs(context, image, blobs_of(layout)); !placed) return placed;
  const fs::path config = blobs_of(layout) / digits_of(image.manifest.config.digest);
  if (auto placed = files.clone(image.blob(image.manifest.config), config); !placed) return placed;
  auto descriptor = write_blob(files, blobs_of(layout), image.manifest.media_type, image.manifest_text);
  if (!descriptor) return tl::unexpected(std::move(descriptor.error()));
  descriptor->platform = platform;
  descriptor->annotations = annotations;
  return write_layout(files, layout, *descriptor);
}

}  // namespace sdlrun::stages::image
