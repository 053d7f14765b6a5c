#include "engine/run/step_environment.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sdlrun::engine {

namespace {

constexpr std::array<std::string_view, 47> names = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERMINFO",               // the user
    "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",                              // proxies
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",                              //
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",  // certificates
    "GIT_SSL_CAINFO", "JAVA_HOME", "LD_LIBRARY_PATH",                                                //
    "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS",              // where the container engine is
    "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION", "CONTAINER_HOST", "CONTAINER_SSHKEY", "SSH_AUTH_SOCK",
    "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "REGISTRY_AUTH_FILE",  // how it works
    "BUILDAH_ISOLATION", "BUILDAH_FORMAT", "CONTAINERD_ADDRESS",                                     //
    "MINIKUBE_HOME", "KIND_EXPERIMENTAL_PROVIDER", "KUBECONFIG"};                                    // clusters
constexpr std::array<std::string_view, 4> beginnings = {"LC_", "PIP_", "UV_", "XDG_"};

/// In a list that is sorted by name.
void set_variable(Environment& variables, const std::string& name, const std::string& value) {
  const auto is_before = [](const auto& variable, const std::string& searched) { return variable.first < searched; };
  const auto place = std::lower_bound(variables.begin(), variables.end(), name, is_before);
  if (place != variables.end() && place->first == name) place->second = value;
  else variables.emplace(place, name, value);
}

}  // namespace

bool is_handed_on(std::string_view variable) {
  return std::find(names.begin(), names.end(), variable) != names.end() ||
         std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view begin) { return variable.starts_with(begin); });
}

Environment handed_on(const Environment& user_environment) {
  Environment variables;
  for (const auto& [name, value] : user_environment) {
    if (is_handed_on(name)) set_variable(variables, name, value);
  }
  return variables;
}

Result<Environment> texts_of(const dsl::Fields& declared, Secrets& secrets) {
  Environment texts;
  for (const auto& [name, value] : declared) {
    const dsl::SecretValue* secret = value.as<dsl::SecretValue>();
    auto text = secret == nullptr ? Result<std::string>(dsl::plain_text(value)) : secrets.read(*secret);
    if (!text) return tl::unexpected(std::move(text.error()));
    texts.emplace_back(name, std::move(*text));
  }
  return texts;
}

Environment step_environment(const StepEnvironmentRequest& request) {
  Environment variables;
  variables.reserve(request.handed_on.size() + 1 + request.declared.size() + request.outputs.size());
  variables = request.handed_on;  // keeps what is reserved
  set_variable(variables, "TMPDIR", request.temporary_directory.native());
  for (const auto& [name, value] : request.declared) set_variable(variables, name, value);
  for (const auto& [name, value] : output_environment(request.outputs, request.work_directory)) set_variable(variables, name, value);
  return variables;
}

}  // namespace sdlrun::engine
