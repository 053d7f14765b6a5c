#include "stages/kubernetes/api/kubeconfig.hpp"

#include <algorithm>

#include <yaml-cpp/yaml.h>

#include "engine/base64.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;

namespace {

/// An entry of one of the lists `clusters`, `users`, `contexts`, and the file that it stands in.
struct Entry {
  YAML::Node node;
  const KubeconfigFile* file = nullptr;
};

struct Configuration {
  std::vector<std::pair<YAML::Node, const KubeconfigFile*>> documents;

  std::string files() const {
    std::string text;
    for (const auto& document : documents) text += (text.empty() ? "`" : ", `") + document.second->path.string() + "`";
    return text;
  }
};

std::string text_of(const YAML::Node& node, const char* name) {
  const YAML::Node found = node.IsMap() ? node[name] : YAML::Node(YAML::NodeType::Undefined);
  return found && found.IsScalar() ? found.Scalar() : std::string();
}

bool truth_of(const YAML::Node& node, const char* name) { return text_of(node, name) == "true"; }

Result<Configuration> parsed(const std::vector<KubeconfigFile>& files) {
  Configuration configuration;
  for (const KubeconfigFile& file : files) {
    try {
      const YAML::Node document = YAML::Load(file.text);
      if (document.IsNull()) continue;
      if (!document.IsMap()) return engine::failure("`" + file.path.string() + "` is no kubeconfig: it holds no map");
      configuration.documents.emplace_back(document, &file);
    } catch (const YAML::Exception& error) {
      return engine::failure("`" + file.path.string() + "` is no kubeconfig: line " + std::to_string(error.mark.line + 1) + ": " + error.msg);
    }
  }
  return configuration;
}

std::optional<Entry> find(const Configuration& configuration, const char* list, const std::string& name, const char* kind) {
  for (const auto& [document, file] : configuration.documents) {
    const YAML::Node entries = document[list];
    if (!entries || !entries.IsSequence()) continue;
    for (const YAML::Node& entry : entries) {
      if (entry.IsMap() && text_of(entry, "name") == name && entry[kind] && entry[kind].IsMap()) return Entry{entry[kind], file};
    }
  }
  return std::nullopt;
}

std::string names_of(const Configuration& configuration, const char* list) {
  std::string names;
  for (const auto& [document, file] : configuration.documents) {
    const YAML::Node entries = document[list];
    if (!entries || !entries.IsSequence()) continue;
    for (const YAML::Node& entry : entries) names += (names.empty() ? "`" : ", `") + text_of(entry, "name") + "`";
  }
  return names;
}

/// `name-data` in base64, else the file that `name` says, which is relative to the kubeconfig's folder.
Result<TextOrFile> text_or_file(const Entry& entry, const std::string& name) {
  const std::string data = text_of(entry.node, (name + "-data").c_str());
  if (!data.empty()) {
    auto text = engine::from_base64(data);
    if (!text) return engine::failure("`" + name + "-data` of `" + entry.file->path.string() + "` is not in base64");
    return TextOrFile{.text = std::move(*text)};
  }
  const std::string file = text_of(entry.node, name.c_str());
  return TextOrFile{.file = file.empty() ? fs::path() : entry.file->path.parent_path() / file};
}

Result<CredentialPlugin> plugin_in(const Entry& user) {
  const YAML::Node exec = user.node["exec"];
  CredentialPlugin plugin{.api_version = text_of(exec, "apiVersion"), .install_hint = text_of(exec, "installHint"), .wants_cluster = truth_of(exec, "provideClusterInfo")};
  std::string program = text_of(exec, "command");
  if (program.empty()) return engine::failure("`exec` of `" + user.file->path.string() + "` has no `command`");
  // A path is relative to the kubeconfig's folder; a plain name is looked up on the PATH.
  if (program.find('/') != std::string::npos) program = (user.file->path.parent_path() / program).string();
  plugin.command.push_back(program);
  for (const YAML::Node& argument : exec["args"] ? exec["args"] : YAML::Node()) plugin.command.push_back(argument.IsScalar() ? argument.Scalar() : "");
  for (const YAML::Node& variable : exec["env"] ? exec["env"] : YAML::Node()) plugin.environment.emplace_back(text_of(variable, "name"), text_of(variable, "value"));
  return plugin;
}

std::optional<RenewingKey> google_key_in(const YAML::Node& user) {
  for (const YAML::Node& extension : user["extensions"] ? user["extensions"] : YAML::Node()) {
    if (!extension.IsMap() || text_of(extension, "name") != "sdlrun-google-key" || !extension["extension"]) continue;
    const YAML::Node place = extension["extension"];
    return RenewingKey{.name = text_of(place, "secret"), .environment = text_of(place, "environment"), .file = text_of(place, "file")};
  }
  return std::nullopt;
}

Result<void> take_cluster(const Entry& entry, KubeContext& context) {
  context.server = text_of(entry.node, "server");
  while (context.server.ends_with('/')) context.server.pop_back();
  if (context.server.empty()) return engine::failure("the cluster `" + context.cluster + "` of `" + entry.file->path.string() + "` has no `server`");
  auto authorities = text_or_file(entry, "certificate-authority");
  if (!authorities) return tl::unexpected(authorities.error());
  context.authorities = std::move(*authorities);
  context.server_name = text_of(entry.node, "tls-server-name");
  context.proxy = text_of(entry.node, "proxy-url");
  context.verifies = !truth_of(entry.node, "insecure-skip-tls-verify");
  return {};
}

Result<void> take_user(const Entry& entry, KubeContext& context) {
  auto certificate = text_or_file(entry, "client-certificate"), key = text_or_file(entry, "client-key");
  if (!certificate) return tl::unexpected(certificate.error());
  if (!key) return tl::unexpected(key.error());
  context.certificate = std::move(*certificate);
  context.key = std::move(*key);
  // A token file wins over a token, as client-go has it: it is the one that is renewed.
  const std::string token_file = text_of(entry.node, "tokenFile");
  context.token = token_file.empty() ? TextOrFile{.text = text_of(entry.node, "token")} : TextOrFile{.file = entry.file->path.parent_path() / token_file};
  context.google_key = google_key_in(entry.node);
  context.user_name = text_of(entry.node, "username");
  context.password = text_of(entry.node, "password");
  context.impersonated = text_of(entry.node, "as");
  for (const YAML::Node& group : entry.node["as-groups"] ? entry.node["as-groups"] : YAML::Node()) context.impersonated_groups.push_back(group.IsScalar() ? group.Scalar() : "");
  if (entry.node["auth-provider"]) {
    return engine::failure("`" + entry.file->path.string() + "` uses `auth-provider`, which Kubernetes 1.26 has given up", "make the kubeconfig anew with the cloud's own tool: it writes `exec` now");
  }
  if (!entry.node["exec"] || !entry.node["exec"].IsMap()) return {};
  auto plugin = plugin_in(entry);
  if (!plugin) return tl::unexpected(plugin.error());
  context.plugin = std::move(*plugin);
  return {};
}

Result<KubeContext> found_context(const Configuration& configuration, const std::string& wanted) {
  KubeContext context{.name = wanted};
  for (const auto& [document, file] : configuration.documents) {
    if (context.name.empty()) context.name = text_of(document, "current-context");
  }
  const std::string names = names_of(configuration, "contexts");
  if (context.name.empty()) {
    return engine::failure("no context is chosen in " + configuration.files(), names.empty() ? "there is none in it" : "say which with `context`, or `kubectl config use-context`; there are " + names);
  }
  const auto entry = find(configuration, "contexts", context.name, "context");
  if (!entry) return engine::failure("there is no context `" + context.name + "` in " + configuration.files(), names.empty() ? "" : "there are " + names);
  context.cluster = text_of(entry->node, "cluster");
  context.user = text_of(entry->node, "user");
  if (std::string space = text_of(entry->node, "namespace"); !space.empty()) context.default_namespace = std::move(space);
  const auto cluster = find(configuration, "clusters", context.cluster, "cluster");
  if (!cluster) return engine::failure("the context `" + context.name + "` names the cluster `" + context.cluster + "`, which is not in " + configuration.files());
  if (auto taken = take_cluster(*cluster, context); !taken) return tl::unexpected(taken.error());
  if (context.user.empty()) return context;
  const auto user = find(configuration, "users", context.user, "user");
  if (!user) return engine::failure("the context `" + context.name + "` names the user `" + context.user + "`, which is not in " + configuration.files());
  if (auto taken = take_user(*user, context); !taken) return tl::unexpected(taken.error());
  return context;
}

}  // namespace

Result<KubeContext> context_in(const std::vector<KubeconfigFile>& files, const std::string& name) {
  const auto configuration = parsed(files);
  if (!configuration) return tl::unexpected(configuration.error());
  try {
    return found_context(*configuration, name);
  } catch (const YAML::Exception& error) {
    return engine::failure(configuration->files() + " is no kubeconfig: " + error.msg);
  }
}

}  // namespace sdlrun::stages::kubernetes
