#include "stages/kubernetes/apply/inventory.hpp"

#include "engine/cache/digest.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* list_of_objects = "objects.json";

/// As names of objects may be: lower case, digits and "-".
std::string name_for(const std::string& owner) {
  constexpr std::size_t longest = 40;
  std::string readable;
  for (const char c : owner.substr(0, longest)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool is_upper = c >= 'A' && c <= 'Z';
    readable += is_plain ? c : is_upper ? static_cast<char>(c - 'A' + 'a') : '-';
  }
  return "sdlrun-" + readable + '-' + engine::sha256(owner).substr(0, 8);
}

json entries_json(const InventoryEntries& entries) {
  json list = json::array();
  for (const auto& [identity, entry] : entries) {
    list.push_back({{"apiVersion", entry.api_version}, {"resource", entry.plural}, {"kind", entry.kind}, {"namespace", entry.space}, {"name", entry.name}, {"uid", entry.uid}, {"form", entry.form}, {"fields", entry.fields}});
  }
  return list;
}

}  // namespace

Target InventoryEntry::target() const {
  return {.object = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}, {"namespace", space}}}},
          .resource = {.api_version = api_version, .plural = plural, .is_namespaced = !space.empty()},
          .kind = kind,
          .space = space,
          .name = name};
}

InventoryEntry entry_of(const Target& target) {
  return {.api_version = target.resource.api_version, .plural = target.resource.plural, .kind = target.kind, .space = target.space, .name = target.name};
}

std::string form_digest(const Target& target) { return engine::sha256(target.object.dump(-1, ' ', false, json::error_handler_t::replace)); }

Inventory::Inventory(Client& client, std::string owner, std::string space) : client_(client), owner_(std::move(owner)), space_(std::move(space)), name_(name_for(owner_)) {}

Task<Result<InventoryEntries>> Inventory::read() {
  std::string path = path_of({.plural = "configmaps"}, space_, name_);
  Task<Result<std::optional<json>>> asking = client_.find(std::move(path), "read what the step applied before (the ConfigMap `" + name_ + "` in `" + space_ + "`)");
  const Result<std::optional<json>> found = co_await asking;
  if (!found) co_return tl::unexpected(found.error());
  InventoryEntries entries;
  if (!*found) co_return entries;
  const json list = parsed_json(text_at(**found, {"data", list_of_objects}));
  if (!list.is_array()) co_return engine::failure("the ConfigMap `" + name_ + "` in `" + space_ + "` does not hold the list of what the step applied", "somebody has changed it: delete it, and remove by hand what is not wanted any more");
  for (const json& each : list) {
    InventoryEntry entry{.api_version = text_in(each, "apiVersion"), .plural = text_in(each, "resource"), .kind = text_in(each, "kind"), .space = text_in(each, "namespace"), .name = text_in(each, "name"), .uid = text_in(each, "uid"), .form = text_in(each, "form"), .fields = text_in(each, "fields")};
    std::string identity = entry.target().identity();
    entries.emplace(std::move(identity), std::move(entry));
  }
  co_return entries;
}

Task<Result<bool>> Inventory::write(InventoryEntries entries) {
  const json map{{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", name_}, {"namespace", space_}, {"labels", {{"app.kubernetes.io/managed-by", "sdlrun"}}}, {"annotations", {{"sdlrun.dev/step", owner_}}}}},
                 {"data", {{list_of_objects, entries_json(entries).dump()}}}};
  ApiRequest request{.method = "PATCH",
                     .path = path_of({.plural = "configmaps"}, space_, name_),
                     .query = {{"fieldManager", field_manager}, {"force", "true"}},
                     .body = map.dump(),
                     .content_type = "application/apply-patch+yaml"};
  Task<Result<ApiAnswer>> calling = client_.call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->is_good()) co_return true;
  const bool has_no_space = answer->status == 404;
  if (has_no_space) co_return false;
  co_return tl::unexpected(refusal(answer->status, answer->body, "keep the list of what is applied (the ConfigMap `" + name_ + "` in `" + space_ + "`)"));
}

Task<Result<bool>> Inventory::remove() {
  std::string path = path_of({.plural = "configmaps"}, space_, name_);
  Task<Result<bool>> removing = client_.remove(std::move(path), "Background", "remove the list of what is applied");
  co_return co_await removing;
}

}  // namespace sdlrun::stages::kubernetes
