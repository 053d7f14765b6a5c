#include "stages/spark/kubernetes/volumes.hpp"

#include <map>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using nlohmann::json;

namespace {

constexpr const char* beginning = "spark.kubernetes.driver.volumes.";

/// A volume's source, by the words of Spark's page: https://spark.apache.org/docs/latest/running-on-kubernetes.html#using-kubernetes-volumes
Result<json> source_of(const std::string& type, const std::string& shown, const Properties& options) {
  const auto missing = [&](const char* option) { return engine::failure("`" + shown + ".options." + option + "` is missing in `conf`", "a volume of the type `" + type + "` needs it"); };
  json source = json::object();
  for (const auto& [name, value] : options) source[name] = value;
  if (type == "emptyDir") return json{{"emptyDir", source}};
  if (type == "hostPath") return source.contains("path") ? Result<json>(json{{"hostPath", source}}) : missing("path");
  if (type == "nfs") {
    if (!source.contains("server")) return missing("server");
    return source.contains("path") ? Result<json>(json{{"nfs", source}}) : missing("path");
  }
  if (type != "persistentVolumeClaim") return engine::failure("`" + shown + "` in `conf` is of the type `" + type + "`, which Spark does not know", "it knows hostPath, emptyDir, nfs and persistentVolumeClaim");
  const std::string claim = text_in(source, "claimName");
  if (claim.empty()) return missing("claimName");
  if (claim == "OnDemand") return engine::failure("`" + shown + "` asks for a claim that is made for this job alone, which sdlrun does not do for drivers", "make it by `kubernetes.apply`, and name it; executors may have such claims");
  return json{{"persistentVolumeClaim", {{"claimName", claim}}}};
}

}  // namespace

Result<std::vector<MountedVolume>> driver_volumes(const Properties& conf) {
  std::map<std::pair<std::string, std::string>, Properties> given;  // by name and type: what follows them
  for (const auto& [words, value] : properties_below(conf, beginning)) {
    const std::size_t type_end = words.find('.'), name_end = type_end == std::string::npos ? type_end : words.find('.', type_end + 1);
    if (name_end == std::string::npos) return engine::failure("`" + std::string(beginning) + words + "` in `conf` does not say what it sets", "such as `" + std::string(beginning) + "emptyDir.data.mount.path`");
    given[{words.substr(type_end + 1, name_end - type_end - 1), words.substr(0, type_end)}][words.substr(name_end + 1)] = value;
  }
  std::vector<MountedVolume> volumes;
  for (const auto& [key, settings] : given) {
    const auto& [name, type] = key;
    const std::string shown = beginning + type + '.' + name;
    auto source = source_of(type, shown, properties_below(settings, "options."));
    if (!source) return tl::unexpected(source.error());
    const std::string path = property(settings, "mount.path");
    if (path.empty()) return engine::failure("`" + shown + ".mount.path` is missing in `conf`", "it says where the volume comes to lie in the driver's container");
    const bool is_read_only = property(settings, "mount.readOnly") == "true";
    json mount{{"name", name}, {"mountPath", path}};
    if (is_read_only) mount["readOnly"] = true;
    if (is_read_only && type == "persistentVolumeClaim") (*source)[type]["readOnly"] = true;
    for (const char* part : {"subPath", "subPathExpr"}) {
      if (const std::string below = property(settings, std::string("mount.") + part); !below.empty()) mount[part] = below;
    }
    (*source)["name"] = name;
    volumes.push_back({.volume = std::move(*source), .mount = std::move(mount)});
  }
  return volumes;
}

std::string local_folders(const std::vector<MountedVolume>& volumes) {
  std::vector<std::string> folders;
  for (const MountedVolume& each : volumes) {
    if (text_in(each.mount, "name").starts_with("spark-local-dir-")) folders.push_back(text_in(each.mount, "mountPath"));
  }
  return comma_list(folders);
}

}  // namespace sdlrun::stages::spark
