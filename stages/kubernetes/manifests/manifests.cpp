#include "stages/kubernetes/manifests/manifests.hpp"

#include <algorithm>
#include <map>

#include "engine/base64.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/manifests/yaml_json.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using nlohmann::json;

namespace {

bool is_manifest(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

/// With all that is in its folders, by name. Other files, such as a README, are left alone.
Result<void> add_folder(const engine::Files& files, const fs::path& folder, std::vector<fs::path>& found) {
  auto names = files.list(folder);
  if (!names) return tl::unexpected(names.error());
  std::sort(names->begin(), names->end());
  for (const std::string& name : *names) {
    const auto status = files.status(folder / name);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value() || name.starts_with('.')) continue;
    if ((*status)->kind == engine::FileKind::directory) {
      if (auto added = add_folder(files, folder / name, found); !added) return added;
    } else if (is_manifest(name)) {
      found.push_back(folder / name);
    }
  }
  return {};
}

/// The API server does the same when it writes, and keeps us as the owner of what is then gone: that somebody changes `data` would not show.
void encode_string_data(json& secret) {
  const json texts = object_in(secret, "stringData");
  for (const auto& [name, text] : texts.items()) {
    if (text.is_string()) secret["data"][name] = engine::to_base64(text.get<std::string>());
  }
  secret.erase("stringData");
}

Result<void> take(const json& value, const std::string& place, std::vector<Manifest>& found) {
  if (!value.is_object()) return engine::failure(place + ": this is no object of Kubernetes", "it has `apiVersion`, `kind` and `metadata`");
  const std::string kind = text_in(value, "kind");
  if (text_in(value, "apiVersion").empty()) return engine::failure(place + ": the object has no `apiVersion`", "such as `apiVersion: apps/v1`");
  if (kind.empty()) return engine::failure(place + ": the object has no `kind`", "such as `kind: Deployment`");
  if (kind.ends_with("List") && value.contains("items")) {
    for (const json& item : list_in(value, "items")) {
      if (auto taken = take(item, place, found); !taken) return taken;
    }
    return {};
  }
  if (text_at(value, {"metadata", "name"}).empty()) {
    const bool is_generated = !text_at(value, {"metadata", "generateName"}).empty();
    return engine::failure(place + ": the " + kind + " has no name", is_generated ? "`generateName` makes another object each time: give it a `name`" : "its name stands in `metadata`");
  }
  found.push_back({.object = value, .place = place});
  // What the API server fills in was copied from there.
  for (const char* field : {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"}) found.back().object["metadata"].erase(field);
  found.back().object.erase("status");
  if (kind == "Secret" && text_in(value, "apiVersion") == "v1") encode_string_data(found.back().object);
  return {};
}

Result<std::vector<fs::path>> files_of(engine::StageContext& step) {
  std::vector<fs::path> found;
  for (const std::string& each : step.inputs().texts("manifests")) {
    const auto status = step.world().files.status(each);
    if (!status) return tl::unexpected(status.error());
    if (status->has_value() && (*status)->kind == engine::FileKind::directory) {
      const std::size_t before = found.size();
      if (auto added = add_folder(step.world().files, each, found); !added) return tl::unexpected(added.error());
      if (found.size() == before) return engine::failure("the folder `" + each + "` has no manifests", "files that end in `.yaml`, `.yml` or `.json` are taken");
    } else {
      found.emplace_back(each);
    }
  }
  return found;
}

/// Two that would be one on the cluster: which of them counts?
Result<void> check_unique(const std::vector<Manifest>& manifests) {
  std::map<std::string, const Manifest*> seen;
  for (const Manifest& each : manifests) {
    const std::string api_version = text_in(each.object, "apiVersion"), kind = text_in(each.object, "kind"), name = text_at(each.object, {"metadata", "name"});
    const std::string group = api_version.substr(0, api_version.find('/') == std::string::npos ? 0 : api_version.find('/'));
    const auto [place, is_new] = seen.emplace(group + '\n' + kind + '\n' + text_at(each.object, {"metadata", "namespace"}) + '\n' + name, &each);
    if (!is_new) return engine::failure("the " + kind + " `" + name + "` is named twice: in " + place->second->place + " and " + each.place, "take one of them away");
  }
  return {};
}

}  // namespace

Result<std::vector<Manifest>> manifests_in(const std::string& text, const std::string& place) {
  const auto documents = yaml_documents(text, place);
  if (!documents) return tl::unexpected(documents.error());
  std::vector<Manifest> found;
  for (const YamlDocument& document : *documents) {
    if (auto taken = take(document.value, place + ", line " + std::to_string(document.line), found); !taken) return tl::unexpected(taken.error());
  }
  return found;
}

Result<std::vector<Manifest>> manifests_of(engine::StageContext& step) {
  const auto files = files_of(step);
  if (!files) return tl::unexpected(files.error());
  std::vector<Manifest> found;
  const auto add = [&](const std::string& text, const std::string& place) -> Result<void> {
    auto more = manifests_in(text, place);
    if (!more) return tl::unexpected(more.error());
    std::move(more->begin(), more->end(), std::back_inserter(found));
    return {};
  };
  for (const fs::path& file : *files) {
    const auto text = step.world().files.read(file);
    if (!text) return tl::unexpected(text.error());
    const fs::path shown = file.lexically_proximate(step.project_directory());
    if (auto added = add(*text, '`' + (shown.string().starts_with("..") ? file : shown).string() + '`'); !added) return tl::unexpected(added.error());
  }
  const std::vector<std::string> texts = step.inputs().texts("objects");
  for (std::size_t number = 0; number < texts.size(); ++number) {
    if (auto added = add(texts[number], "`objects[" + std::to_string(number) + "]`"); !added) return tl::unexpected(added.error());
  }
  if (auto unique = check_unique(found); !unique) return tl::unexpected(unique.error());
  return found;
}

}  // namespace sdlrun::stages::kubernetes
