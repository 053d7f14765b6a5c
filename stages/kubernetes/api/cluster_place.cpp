#include "stages/kubernetes/api/cluster_place.hpp"

#include "stages/program/variables.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;

namespace {

/// What a Pod finds of its own cluster.
/// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
const fs::path service_account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::vector<fs::path> named_files(const std::string& list) {
  std::vector<fs::path> files;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) files.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return files;
}

std::optional<KubeContext> own_cluster(engine::StageContext& context) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");  // no part of a step's environment
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  const auto token = context.world().files.status(service_account_folder / "token");
  if (host == nullptr || port == nullptr || !token || !token->has_value()) return std::nullopt;
  const bool is_ipv6 = std::string_view(host).find(':') != std::string_view::npos;
  KubeContext found{.name = "the cluster of this Pod", .server = "https://" + (is_ipv6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + port};
  found.authorities.file = service_account_folder / "ca.crt";
  found.token.file = service_account_folder / "token";
  if (auto space = context.world().files.read(service_account_folder / "namespace"); space && !space->empty()) found.default_namespace = *space;
  return found;
}

/// Those of the files that are there, as kubectl has it: a list may name some that are not.
Result<std::vector<KubeconfigFile>> read_files(engine::StageContext& context, const std::vector<fs::path>& paths) {
  std::vector<KubeconfigFile> files;
  for (const fs::path& path : paths) {
    const auto status = context.world().files.status(path);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value()) continue;
    auto text = context.world().files.read(path);
    if (!text) return tl::unexpected(text.error());
    files.push_back({path, std::move(*text)});
  }
  return files;
}

}  // namespace

Result<KubeContext> find_context(engine::StageContext& context, const ClusterPlace& place) {
  std::vector<fs::path> paths;
  const std::string variable_files = variable(context.environment(), "KUBECONFIG"), home = variable(context.environment(), "HOME");
  if (!place.kubeconfig.empty()) paths = {place.kubeconfig};
  else if (!variable_files.empty()) paths = named_files(variable_files);
  else if (!home.empty()) paths = {fs::path(home) / ".kube" / "config"};
  const auto files = read_files(context, paths);
  if (!files) return tl::unexpected(files.error());
  if (!files->empty()) return context_in(*files, place.context);
  if (place.kubeconfig.empty() && variable_files.empty()) {
    if (auto own = own_cluster(context)) return *own;
  }
  const std::string looked = paths.empty() ? "" : ": there is no `" + paths.front().string() + "`";
  return engine::failure("no kubeconfig is found" + looked, "a cluster's own tool writes one (`minikube start`, `kind create cluster`, `gcloud container clusters get-credentials`); name it with `kubeconfig` or the variable KUBECONFIG");
}

}  // namespace sdlrun::stages::kubernetes
