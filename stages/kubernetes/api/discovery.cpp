#include "stages/kubernetes/api/discovery.hpp"

#include <algorithm>
#include <cctype>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string group_of(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::vector<KnownKind> kinds_in(const json& list, const std::string& api_version) {
  std::vector<KnownKind> kinds;
  for (const json& each : list_in(list, "resources")) {
    const std::string plural = text_in(each, "name");
    if (plural.find('/') != std::string::npos) continue;  // "pods/log"
    const json& is_namespaced = value_at(each, {"namespaced"});
    KnownKind kind{.resource = {.api_version = api_version, .plural = plural, .is_namespaced = is_namespaced.is_boolean() && is_namespaced.get<bool>()}, .kind = text_in(each, "kind")};
    kind.names = {plural, in_lower_case(kind.kind), text_in(each, "singularName")};
    for (const json& name : list_in(each, "shortNames")) kind.names.push_back(name.is_string() ? name.get<std::string>() : "");
    const json verbs = list_in(each, "verbs");
    kind.can_watch = std::find(verbs.begin(), verbs.end(), "watch") != verbs.end();
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

}  // namespace

Task<Result<std::optional<std::vector<KnownKind>>>> Discovery::kinds_of(std::string api_version) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto place = known_.find(api_version); place != known_.end()) co_return std::optional(place->second);
  }
  std::string path = (api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + api_version;
  Task<Result<std::optional<json>>> asking = client_.find(std::move(path), "ask the API server which kinds it knows");
  const Result<std::optional<json>> list = co_await asking;
  if (!list) co_return tl::unexpected(list.error());
  if (!*list) co_return std::optional<std::vector<KnownKind>>();
  std::vector<KnownKind> kinds = kinds_in(**list, api_version);
  const std::lock_guard lock(mutex_);
  co_return std::optional(known_[api_version] = std::move(kinds));
}

Task<Result<std::optional<KnownKind>>> Discovery::find(std::string api_version, std::string kind) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Task<Result<std::optional<std::vector<KnownKind>>>> asking = kinds_of(api_version);
    const auto kinds = co_await asking;
    if (!kinds) co_return tl::unexpected(kinds.error());
    if (!*kinds) co_return std::optional<KnownKind>();
    for (const KnownKind& each : **kinds) {
      if (each.kind == kind) co_return std::optional(each);
    }
    // The group may have got a kind since.
    const std::lock_guard lock(mutex_);
    known_.erase(api_version);
  }
  co_return std::optional<KnownKind>();
}

Task<Result<std::vector<std::string>>> Discovery::preferred_versions() {
  ApiRequest request{.path = "/apis"};
  Task<Result<json>> asking = client_.ask(std::move(request), "ask the API server which kinds it knows");
  const Result<json> groups = co_await asking;
  if (!groups) co_return tl::unexpected(groups.error());
  std::vector<std::string> own{"v1"}, others;
  for (const json& group : list_in(*groups, "groups")) {
    const std::string name = text_in(group, "name");
    const bool is_own = name.find('.') == std::string::npos || name.ends_with(".k8s.io");
    (is_own ? own : others).push_back(text_at(group, {"preferredVersion", "groupVersion"}));
  }
  own.insert(own.end(), others.begin(), others.end());
  co_return own;
}

Task<Result<KnownKind>> Discovery::find_by_name(std::string name) {
  const std::string wanted = in_lower_case(name);
  const std::size_t point = wanted.find('.');
  const std::string word = wanted.substr(0, point), group = point == std::string::npos ? "" : wanted.substr(point + 1);
  Task<Result<std::vector<std::string>>> listing = preferred_versions();
  const auto versions = co_await listing;
  if (!versions) co_return tl::unexpected(versions.error());
  std::optional<engine::Error> silent;  // a group whose own server, such as that of metrics, does not answer
  for (const std::string& version : *versions) {
    if (point != std::string::npos && group_of(version) != group) continue;
    Task<Result<std::optional<std::vector<KnownKind>>>> asking = kinds_of(version);
    const auto kinds = co_await asking;
    if (!kinds) silent = kinds.error();
    if (!kinds || !*kinds) continue;
    for (const KnownKind& each : **kinds) {
      if (std::find(each.names.begin(), each.names.end(), word) != each.names.end()) co_return each;
    }
  }
  if (silent) co_return tl::unexpected(*silent);
  co_return engine::failure("the cluster knows no kind `" + name + "`", "`kubectl api-resources` lists those that it knows; is a CustomResourceDefinition missing?");
}

}  // namespace sdlrun::stages::kubernetes
