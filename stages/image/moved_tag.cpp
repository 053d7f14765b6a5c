#include "stages/image/moved_tag.hpp"

#include "stages/image/registry/manifests.hpp"

namespace sdlrun::stages::image {

using engine::Result;
using engine::Task;

namespace {

/// A question by the way: it must not hold up who works without a network.
constexpr int attempts = 2;

Task<Result<std::optional<std::string>>> digest_now(Registry& registry, Reference reference) {
  Task<Result<bool>> opening = registry.open();
  if (const Result<bool> opened = co_await opening; !opened) co_return tl::unexpected(opened.error());
  std::string repository = reference.repository, version = reference.version();
  Task<Result<std::optional<std::string>>> asking = digest_in_registry(registry, std::move(repository), std::move(version), false);
  co_return co_await asking;
}

}  // namespace

Task<std::optional<std::string>> moved_tag(engine::StageContext& context, RegistryAccess access, std::string name, std::string digest) {
  const auto reference = parse_reference(name);
  if (!reference || !reference->is_by_tag_only()) co_return std::nullopt;
  access.attempts = attempts;
  Registry registry(context, std::move(access));
  Reference asked = *reference;
  Task<Result<std::optional<std::string>>> asking = digest_now(registry, std::move(asked));
  const Result<std::optional<std::string>> now = co_await asking;
  if (!now && now.error().transient) {
    context.warn("whether `" + name + "` is still the same image is not known, as the registry cannot be asked: " + now.error().message);
    co_return std::nullopt;
  }
  if (!now) co_return "whether `" + name + "` is still the same image could not be asked";
  if (!now->has_value()) co_return "`" + name + "` is not there any more";
  if (**now == digest) co_return std::nullopt;
  constexpr std::size_t shown = 19;  // "sha256:" and 12 digits
  co_return "`" + name + "` is now " + (*now)->substr(0, shown) + " (was " + digest.substr(0, shown) + ")";
}

}  // namespace sdlrun::stages::image
