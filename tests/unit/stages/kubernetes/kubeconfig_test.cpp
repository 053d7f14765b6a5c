// What a kubeconfig says. Whole conversations with a cluster are in tests/kubernetes.
#include "stages/kubernetes/api/kubeconfig.hpp"

#include <doctest/doctest.h>

#include "stages/kubernetes/api/identity.hpp"

namespace sdlrun::stages::kubernetes {

namespace {

constexpr const char* usual = R"(
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: one
  cluster: {server: "https://10.0.0.1:6443/", certificate-authority-data: Q0E=, tls-server-name: kube.example, proxy-url: "socks5://proxy:1080"}
- name: two
  cluster: {server: "https://10.0.0.2", certificate-authority: pki/ca.crt, insecure-skip-tls-verify: true}
users:
- name: me
  user: {client-certificate-data: Q0VSVA==, client-key: /keys/me.key}
- name: robot
  user: {token: secret, tokenFile: tokens/robot, as: somebody, as-groups: [a, b]}
- name: cloud
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/cloud-token
      args: [--cluster, x]
      env: [{name: REGION, value: eu}]
      provideClusterInfo: true
      installHint: install the cloud's tool
contexts:
- name: dev
  context: {cluster: one, user: me, namespace: team}
- name: ci
  context: {cluster: two, user: robot}
- name: cloud
  context: {cluster: two, user: cloud}
- name: broken
  context: {cluster: nowhere, user: me}
)";

std::string message_of(const engine::Result<KubeContext>& result) { return result ? "" : result.error().message; }

}  // namespace

TEST_CASE("the current context is taken, or the one that is asked for") {
  const std::vector<KubeconfigFile> files{{"/home/me/.kube/config", usual}};
  const auto dev = context_in(files, "");
  REQUIRE(dev);
  CHECK(dev->name == "dev");
  CHECK(dev->server == "https://10.0.0.1:6443");
  CHECK(dev->authorities.text == "CA");
  CHECK(dev->server_name == "kube.example");
  CHECK(dev->proxy == "socks5://proxy:1080");
  CHECK(dev->verifies);
  CHECK(dev->default_namespace == "team");
  CHECK(dev->certificate.text == "CERT");
  CHECK(dev->key.file == "/keys/me.key");
  const auto ci = context_in(files, "ci");
  REQUIRE(ci);
  CHECK_FALSE(ci->verifies);
  CHECK(ci->default_namespace == "default");
  CHECK(ci->authorities.file == "/home/me/.kube/pki/ca.crt");  // relative to the file
  CHECK(ci->token.file == "/home/me/.kube/tokens/robot");      // which is renewed, in place of the token
  CHECK(ci->token.text.empty());
  CHECK(ci->impersonated == "somebody");
  CHECK(ci->impersonated_groups == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a plugin's program is told with its arguments and variables") {
  const auto cloud = context_in({{"/home/me/.kube/config", usual}}, "cloud");
  REQUIRE(cloud);
  REQUIRE(cloud->plugin);
  CHECK(cloud->plugin->command == std::vector<std::string>{"/home/me/.kube/./bin/cloud-token", "--cluster", "x"});
  CHECK(cloud->plugin->environment.front().second == "eu");
  CHECK(cloud->plugin->wants_cluster);
  CHECK(cloud->plugin->install_hint == "install the cloud's tool");
}

TEST_CASE("several files are one: of each name the first that has it counts") {
  const std::vector<KubeconfigFile> files{{"/a/config", "contexts: [{name: dev, context: {cluster: mine, user: me}}]\nclusters: [{name: mine, cluster: {server: https://a, certificate-authority: ca.crt}}]\n"},
                                          {"/b/config", usual}};
  const auto dev = context_in(files, "");
  REQUIRE(dev);
  CHECK(dev->server == "https://a");
  CHECK(dev->authorities.file == "/a/ca.crt");
  CHECK(dev->certificate.text == "CERT");  // of the other file's user
}

TEST_CASE("what is missing or wrong is named") {
  const std::vector<KubeconfigFile> files{{"/c", usual}};
  const auto unknown = context_in(files, "prod");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "there is no context `prod` in `/c`");
  CHECK(unknown.error().hint == "there are `dev`, `ci`, `cloud`, `broken`");
  CHECK(message_of(context_in(files, "broken")) == "the context `broken` names the cluster `nowhere`, which is not in `/c`");
  CHECK(message_of(context_in({{"/c", "a: [b"}}, "")) == "`/c` is no kubeconfig: line 1: end of sequence flow not found");
  CHECK(message_of(context_in({{"/c", "just text"}}, "")) == "`/c` is no kubeconfig: it holds no map");
  CHECK(message_of(context_in({{"/c", "apiVersion: v1"}}, "")) == "no context is chosen in `/c`");
  CHECK(message_of(context_in({{"/c", "current-context: [1]\ncontexts: {a: b}\n"}}, "x")) == "there is no context `x` in `/c`");
}

TEST_CASE("what a plugin answers is a token or a certificate") {
  const auto answer = plugin_answer(R"({"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2030-01-01T00:00:00Z"}})", "p");
  REQUIRE(answer);
  CHECK(answer->token == "t");
  CHECK_FALSE(plugin_answer(R"({"kind":"ExecCredential","status":{}})", "p"));
  CHECK_FALSE(plugin_answer("please log in", "p"));
}

}  // namespace sdlrun::stages::kubernetes
