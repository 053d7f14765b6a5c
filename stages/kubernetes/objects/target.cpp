#include "stages/kubernetes/objects/target.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/order.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// Of a kind that one of these objects defines.
std::optional<KnownKind> defined_here(const std::vector<Manifest>& manifests, const std::string& api_version, const std::string& kind) {
  for (const Manifest& each : manifests) {
    const json& definition = value_at(each.object, {"spec"});
    const bool is_it = text_in(each.object, "kind") == "CustomResourceDefinition" && text_at(definition, {"names", "kind"}) == kind && api_version.starts_with(text_in(definition, "group") + '/');
    if (!is_it) continue;
    return KnownKind{.resource = {.api_version = api_version, .plural = text_at(definition, {"names", "plural"}), .is_namespaced = text_in(definition, "scope") == "Namespaced"}, .kind = kind};
  }
  return std::nullopt;
}

engine::Error unknown_kind(const Manifest& manifest) {
  const std::string version = text_in(manifest.object, "apiVersion"), kind = text_in(manifest.object, "kind");
  return {.message = "the cluster knows no kind `" + kind + "` of `" + version + "` (" + manifest.place + ")",
          .hint = "is the version right (`kubectl api-resources` lists those that it knows), or is its CustomResourceDefinition missing?"};
}

}  // namespace

std::string Target::shown() const { return shown_name(kind, space, name); }

std::string Target::short_name() const { return kind + ' ' + (space.empty() ? "" : space + '/') + name; }

std::string Target::identity() const {
  const std::size_t slash = resource.api_version.find('/');
  return (slash == std::string::npos ? std::string() : resource.api_version.substr(0, slash)) + '/' + kind + '/' + space + '/' + name;
}

Task<Result<std::vector<Target>>> targets_of(Discovery& discovery, std::vector<Manifest> manifests, std::string space) {
  std::vector<Target> targets;
  for (const Manifest& each : manifests) {
    const std::string api_version = text_in(each.object, "apiVersion"), kind = text_in(each.object, "kind");
    Task<Result<std::optional<KnownKind>>> asking = discovery.find(api_version, kind);
    Result<std::optional<KnownKind>> known = co_await asking;
    if (!known) co_return tl::unexpected(known.error());
    const bool is_of_new_kind = !known->has_value();
    if (is_of_new_kind) *known = defined_here(manifests, api_version, kind);
    if (!known->has_value()) co_return tl::unexpected(unknown_kind(each));
    Target target{.object = each.object, .resource = (*known)->resource, .kind = kind, .name = text_at(each.object, {"metadata", "name"}), .place = each.place, .rank = rank_of(api_version, kind), .can_watch = (*known)->can_watch, .is_of_new_kind = is_of_new_kind};
    const std::string own = text_at(each.object, {"metadata", "namespace"});
    if (target.resource.is_namespaced) target.space = own.empty() ? space : own;
    if (target.space.empty()) target.object["metadata"].erase("namespace");
    else target.object["metadata"]["namespace"] = target.space;
    targets.push_back(std::move(target));
  }
  std::stable_sort(targets.begin(), targets.end(), [](const Target& left, const Target& right) { return left.rank < right.rank; });
  const auto twin = std::adjacent_find(targets.begin(), targets.end(), [](const Target& left, const Target& right) { return left.identity() == right.identity(); });
  if (twin != targets.end()) co_return engine::failure(twin->shown() + " is named twice: in " + twin->place + " and " + std::next(twin)->place, "take one of them away");
  co_return targets;
}

}  // namespace sdlrun::stages::kubernetes
