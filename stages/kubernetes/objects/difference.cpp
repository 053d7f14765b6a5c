#include "stages/kubernetes/objects/difference.hpp"

#include <map>

#include "engine/cache/digest.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

using Leaves = std::map<std::string, std::string>;

/// Elements that have names are told apart by them: one that is put before others changes only itself.
std::string element_name(const json& list, std::size_t index) {
  for (const char* key : {"name", "mountPath", "containerPort", "port"}) {
    bool all_have = true;
    std::map<std::string, int> seen;
    for (const json& element : list) {
      const json& name = value_at(element, {key});
      all_have = all_have && (name.is_string() || name.is_number()) && ++seen[name.dump()] == 1;
    }
    if (!all_have) continue;
    const json& name = list[index][key];
    return name.is_string() ? name.get<std::string>() : name.dump();
  }
  return std::to_string(index);
}

void add_leaves(const json& value, const std::string& path, bool is_secret, Leaves& leaves) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [name, each] : value.items()) {
      const bool needs_quotes = name.find_first_of("./ ") != std::string::npos;
      add_leaves(each, path + (path.empty() ? "" : ".") + (needs_quotes ? '"' + name + '"' : name), is_secret, leaves);
    }
  } else if (value.is_array() && !value.empty()) {
    for (std::size_t index = 0; index < value.size(); ++index) add_leaves(value[index], path + '[' + element_name(value, index) + ']', is_secret, leaves);
  } else {
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    // Its digest tells that it differs, and nothing else.
    if (is_secret && (path.starts_with("data.") || path.starts_with("stringData."))) text = "*** (sha256:" + engine::sha256("sdlrun shows no secrets " + text).substr(0, 8) + ')';
    leaves.emplace(path, std::move(text));
  }
}

Leaves leaves_of(json object) {
  object.erase("status");
  if (object.contains("metadata")) {
    for (const char* field : {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"}) object["metadata"].erase(field);
    // A copy of the whole object, which kubectl leaves.
    if (object["metadata"].contains("annotations")) object["metadata"]["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
    if (object["metadata"].contains("annotations") && object["metadata"]["annotations"].empty()) object["metadata"].erase("annotations");
  }
  Leaves leaves;
  add_leaves(object, "", text_in(object, "kind") == "Secret", leaves);
  return leaves;
}

std::string shortened(std::string text) {
  constexpr std::size_t longest = 200;
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}

}  // namespace

std::vector<std::string> difference(const json& before, const json& after) {
  const Leaves old_leaves = leaves_of(before), new_leaves = leaves_of(after);
  std::map<std::string, std::pair<const std::string*, const std::string*>> changes;
  for (const auto& [path, text] : old_leaves) changes[path].first = &text;
  for (const auto& [path, text] : new_leaves) changes[path].second = &text;
  std::vector<std::string> lines;
  for (const auto& [path, texts] : changes) {
    if (texts.first != nullptr && texts.second != nullptr && *texts.first == *texts.second) continue;
    if (texts.first != nullptr) lines.push_back("-   " + path + ": " + shortened(*texts.first));
    if (texts.second != nullptr) lines.push_back("+   " + path + ": " + shortened(*texts.second));
  }
  return lines;
}

std::string owned_fields_digest(const json& object) {
  for (const json& entry : list_in(object_in(object, "metadata"), "managedFields")) {
    const bool is_ours = text_in(entry, "manager") == field_manager && text_in(entry, "operation") == "Apply" && text_in(entry, "subresource").empty();
    if (is_ours) return engine::sha256(text_in(entry, "apiVersion") + object_in(entry, "fieldsV1").dump());
  }
  return "";
}

}  // namespace sdlrun::stages::kubernetes
