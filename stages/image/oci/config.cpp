#include "stages/image/oci/config.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::image {

using nlohmann::json;

namespace {

constexpr const char* beginning_of_time = "1970-01-01T00:00:00Z";

std::vector<std::string> texts_in(const json& list) {
  std::vector<std::string> texts;
  for (const json& each : list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

/// "NAME=value" in place of one that begins so, else behind all others.
void set_variable_in(std::vector<std::string>& variables, const std::string& name, const std::string& value) {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const std::string& each) { return each.starts_with(name + '='); });
  if (found != variables.end()) *found = name + '=' + value;
  else variables.push_back(name + '=' + value);
}

}  // namespace

Platform Config::platform() const {
  return {.os = text_in(document, "os"), .architecture = text_in(document, "architecture"), .variant = text_in(document, "variant")};
}

std::vector<std::string> Config::diff_ids() const { return texts_in(list_in(object_in(document, "rootfs"), "diff_ids")); }

std::string Config::variable(std::string_view name) const {
  for (const std::string& each : texts_in(list_in(object_in(document, "config"), "Env"))) {
    if (each.size() > name.size() && each.starts_with(name) && each[name.size()] == '=') return each.substr(name.size() + 1);
  }
  return "";
}

namespace {

/// What engines refuse to start an image with; empty where nothing is.
std::string misshapen_field(const json& settings) {
  const auto is_text = [](const json& each) { return each.is_string(); };
  for (const char* field : {"Env", "Entrypoint", "Cmd"}) {
    const json& list = settings.contains(field) ? settings[field] : json();
    if (!list.is_null() && (!list.is_array() || !std::all_of(list.begin(), list.end(), is_text))) return field;
  }
  return settings.contains("Labels") && !settings["Labels"].is_null() && !settings["Labels"].is_object() ? "Labels" : "";
}

}  // namespace

engine::Result<Config> decode_config(std::string_view text, const Manifest& manifest, const std::string& where) {
  Config config{parsed_json(text)};
  if (!config.document.is_object()) return engine::failure(where + ": the image's configuration is no JSON", "is it a container image? Charts and other artifacts are none");
  if (const std::string field = misshapen_field(object_in(config.document, "config")); !field.empty()) {
    return engine::failure(where + ": `" + field + "` in the image's configuration is not of the form that it must have", "the image was made by a broken tool: make it anew");
  }
  const std::vector<std::string> diff_ids = config.diff_ids();
  if (diff_ids.size() != manifest.layers.size() || !std::all_of(diff_ids.begin(), diff_ids.end(), is_digest)) {
    return engine::failure(where + ": the image has " + std::to_string(manifest.layers.size()) + " layers, and its configuration speaks of " + std::to_string(diff_ids.size()),
                           "is it a container image? Charts and other artifacts are none");
  }
  return config;
}

Config empty_config(const Platform& platform) {
  json document = {{"architecture", platform.architecture},
                   {"os", platform.os},
                   {"created", beginning_of_time},
                   {"config", json::object()},
                   {"rootfs", {{"type", "layers"}, {"diff_ids", json::array()}}},
                   {"history", json::array()}};
  if (!platform.variant.empty()) document["variant"] = platform.variant;
  return {std::move(document)};
}

std::string encode(const Config& config) { return config.document.dump(-1, ' ', false, json::error_handler_t::replace); }

Config changed(const Config& base, const ConfigChanges& changes) {
  Config result = base;
  json& document = result.document;
  document["created"] = beginning_of_time;
  document["config"] = object_in(document, "config");
  document["rootfs"] = {{"type", "layers"}, {"diff_ids", base.diff_ids()}};
  document["history"] = list_in(document, "history");
  // What only the builder that made the base has to do with.
  for (const char* name : {"container", "container_config", "docker_version", "id", "parent", "throwaway"}) document.erase(name);
  for (const AddedLayer& layer : changes.layers) {
    document["rootfs"]["diff_ids"].push_back(layer.diff_id);
    document["history"].push_back({{"created", beginning_of_time}, {"created_by", layer.made_by}});
  }
  json& settings = document["config"];
  std::vector<std::string> variables = texts_in(list_in(settings, "Env"));
  for (const auto& [name, value] : changes.variables) set_variable_in(variables, name, value);
  if (!variables.empty()) settings["Env"] = variables;
  json labels = object_in(settings, "Labels");
  for (const auto& [name, value] : changes.labels) labels[name] = value;
  if (!labels.empty()) settings["Labels"] = labels;
  if (changes.user) settings["User"] = *changes.user;
  if (changes.entrypoint) {
    settings["Entrypoint"] = *changes.entrypoint;
    settings.erase("Cmd");
  }
  return result;
}

}  // namespace sdlrun::stages::image
