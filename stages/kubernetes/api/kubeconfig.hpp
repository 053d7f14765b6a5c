// What a kubeconfig says of a cluster and of who we are to it. Nothing is asked or read here but the texts themselves.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::stages::kubernetes {

struct KubeconfigFile {
  std::filesystem::path path = {};
  std::string text = {};
};

/// A text in the kubeconfig itself, or the file that holds it.
struct TextOrFile {
  std::string text = {};
  std::filesystem::path file = {};
  bool is_none() const { return text.empty() && file.empty(); }
};

/// A program that knows our credentials.
/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
struct CredentialPlugin {
  std::string api_version = {};  // "client.authentication.k8s.io/v1"
  std::vector<std::string> command = {};
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::string install_hint = {};
  bool wants_cluster = false;
};

/// The secret that makes the next token, where a kubeconfig of sdlrun's own says so (cluster/gke.hpp): by name and place.
struct RenewingKey {
  std::string name = {};
  std::string environment = {};  // a variable
  std::string file = {};         // or a file
};

struct KubeContext {
  std::string name = {};
  std::string cluster = {};
  std::string user = {};
  std::string default_namespace = "default";
  // the cluster
  std::string server = {};  // "https://10.0.0.1:6443", without a slash at the end
  TextOrFile authorities = {};
  std::string server_name = {};
  std::string proxy = {};
  bool verifies = true;
  // who we are
  TextOrFile certificate = {};
  TextOrFile key = {};
  TextOrFile token = {};
  std::string user_name = {};
  std::string password = {};
  std::string impersonated = {};
  std::vector<std::string> impersonated_groups = {};
  std::optional<CredentialPlugin> plugin = {};
  std::optional<RenewingKey> google_key = {};
};

/// Several files are one, as kubectl sees them: of each name the first that has it counts. An empty `name` is the current context.
engine::Result<KubeContext> context_in(const std::vector<KubeconfigFile>& files, const std::string& name);

}  // namespace sdlrun::stages::kubernetes
