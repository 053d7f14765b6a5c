#include "stages/kubernetes/api/identity.hpp"

#include <nlohmann/json.hpp>

#include "engine/base64.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/google_token.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

Result<std::string> read_text(engine::StageContext& step, const TextOrFile& place) {
  return place.file.empty() ? Result<std::string>(place.text) : step.world().files.read(place.file);
}

std::string without_white_space(std::string text) {
  text.erase(0, text.find_first_not_of(" \t\r\n"));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// What the plugin is told: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
std::string question_to_plugin(const KubeContext& context, const std::string& authorities) {
  json question{{"kind", "ExecCredential"}, {"apiVersion", context.plugin->api_version}, {"spec", {{"interactive", false}}}};
  if (context.plugin->wants_cluster) {
    json cluster{{"server", context.server}};
    if (!authorities.empty()) cluster["certificate-authority-data"] = engine::to_base64(authorities);
    if (!context.server_name.empty()) cluster["tls-server-name"] = context.server_name;
    if (!context.verifies) cluster["insecure-skip-tls-verify"] = true;
    question["spec"]["cluster"] = std::move(cluster);
  }
  return question.dump();
}

}  // namespace

Result<PluginAnswer> plugin_answer(std::string_view text, const std::string& program) {
  const json answer = parsed_json(text);
  if (text_in(answer, "kind") != "ExecCredential") {
    return engine::failure("`" + program + "` has answered with no ExecCredential when it was asked who we are", "does it print something else when it is called by hand?");
  }
  PluginAnswer found{.token = text_at(answer, {"status", "token"}),
                     .certificate = text_at(answer, {"status", "clientCertificateData"}),
                     .key = text_at(answer, {"status", "clientKeyData"})};
  if (found.token.empty() && found.certificate.empty()) return engine::failure("`" + program + "` has answered with neither a token nor a certificate");
  return found;
}

Result<void> Identity::read_token(engine::StageContext& step) {
  auto token = read_text(step, context_.token);
  if (!token) return tl::unexpected(token.error());
  const std::lock_guard lock(mutex_);
  token_ = without_white_space(std::move(*token));
  return {};
}

Task<Result<bool>> Identity::open(engine::StageContext& step) {
  engine::HttpTls tls{.server_name = context_.server_name, .verifies = context_.verifies};
  for (const auto& [place, text] : {std::pair(&context_.authorities, &tls.authorities), std::pair(&context_.certificate, &tls.certificate), std::pair(&context_.key, &tls.key)}) {
    auto read = read_text(step, *place);
    if (!read) co_return tl::unexpected(read.error());
    *text = std::move(*read);
  }
  tls_ = std::make_shared<const engine::HttpTls>(std::move(tls));
  if (auto read = read_token(step); !read) co_return tl::unexpected(read.error());
  if (!context_.plugin || !context_.token.is_none()) co_return true;
  Task<Result<bool>> asking = ask_plugin(step);
  co_return co_await asking;
}

/// Nobody else writes the token's file while a job goes on.
Task<Result<bool>> Identity::ask_google(engine::StageContext& step) {
  const RenewingKey& place = *context_.google_key;
  using Source = dsl::SecretPlace::Source;
  const dsl::SecretPlace where{.source = place.file.empty() ? Source::environment : Source::file, .text = place.file.empty() ? place.environment : place.file};
  const auto text = step.read_secret({.name = place.name, .place = std::make_shared<const dsl::SecretPlace>(where)});
  if (!text) co_return tl::unexpected(text.error());
  auto key = service_account_key(*text);
  if (!key) co_return tl::unexpected(key.error());
  Task<Result<std::string>> asking = google_token(step, std::move(*key));
  Result<std::string> token = co_await asking;
  if (!token) co_return tl::unexpected(token.error());
  const std::lock_guard lock(mutex_);
  token_ = std::move(*token);
  co_return true;
}

std::string Identity::token() const {
  const std::lock_guard lock(mutex_);
  return token_;
}

Task<Result<bool>> Identity::renew(engine::StageContext& step, std::string refused) {
  if (!refused.empty() && token() != refused) co_return true;
  if (context_.google_key) {
    Task<Result<bool>> asking = ask_google(step);
    co_return co_await asking;
  }
  if (!context_.token.file.empty()) {
    if (auto read = read_token(step); !read) co_return tl::unexpected(read.error());
    co_return token() != refused;
  }
  if (!context_.plugin || !context_.token.is_none()) co_return false;
  Task<Result<bool>> asking = ask_plugin(step);
  co_return co_await asking;
}

Task<Result<bool>> Identity::ask_plugin(engine::StageContext& step) {
  const CredentialPlugin& plugin = *context_.plugin;
  const std::string number = std::to_string(++questions_);
  const fs::path answer_file = step.scratch_directory() / ("credential-" + number), said_file = step.scratch_directory() / ("credential-log-" + number);
  engine::ProcessRequest request{.command = plugin.command, .directory = step.scratch_directory(), .environment = step.environment()};
  // Its answer holds a secret: the step's log does not get it.
  request.log_file = said_file;
  request.standard_output_file = answer_file;
  for (const auto& variable : plugin.environment) request.environment.push_back(variable);
  request.environment.emplace_back("KUBERNETES_EXEC_INFO", question_to_plugin(context_, tls_->authorities));
  Task<Result<engine::ProcessResult>> running = step.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  const Result<std::string> answer = step.world().files.read(answer_file), said = step.world().files.read(said_file);
  static_cast<void>(step.world().files.remove(answer_file));
  static_cast<void>(step.world().files.remove(said_file));
  const std::string& program = plugin.command.front();
  if (!result || result->exit_code == 127) {
    co_return engine::failure("the kubeconfig leaves credentials to `" + program + "`, which cannot be started", plugin.install_hint.empty() ? "install it, or take another context" : plugin.install_hint);
  }
  if (!result->success()) {
    co_return engine::failure("`" + program + "` ended with " + describe(*result) + " when it was asked who we are", "call it by hand: does it want a log-in?", answer && answer->empty() && said ? *said : "");
  }
  auto found = plugin_answer(answer.value_or(""), program);
  if (!found) co_return tl::unexpected(found.error());
  const std::lock_guard lock(mutex_);
  token_ = std::move(found->token);
  if (!found->certificate.empty()) {
    engine::HttpTls tls = *tls_;
    tls.certificate = std::move(found->certificate);
    tls.key = std::move(found->key);
    tls_ = std::make_shared<const engine::HttpTls>(std::move(tls));
  }
  co_return true;
}

void Identity::apply_to(engine::HttpRequest& request) const {
  const std::lock_guard lock(mutex_);
  request.tls = tls_;
  request.proxy = context_.proxy;
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  else if (!context_.user_name.empty()) request.headers.emplace_back("Authorization", "Basic " + engine::to_base64(context_.user_name + ':' + context_.password));
  if (!context_.impersonated.empty()) request.headers.emplace_back("Impersonate-User", context_.impersonated);
  for (const std::string& group : context_.impersonated_groups) request.headers.emplace_back("Impersonate-Group", group);
}

std::string Identity::kubeconfig() const {
  const std::lock_guard lock(mutex_);
  json cluster{{"server", context_.server}}, user = json::object();
  const auto add = [](json& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  };
  add(cluster, "certificate-authority-data", engine::to_base64(tls_->authorities));
  add(cluster, "tls-server-name", context_.server_name);
  add(cluster, "proxy-url", context_.proxy);
  if (!context_.verifies) cluster["insecure-skip-tls-verify"] = true;
  add(user, "client-certificate-data", engine::to_base64(tls_->certificate));
  add(user, "client-key-data", engine::to_base64(tls_->key));
  add(user, "token", token_);
  add(user, "username", context_.user_name);
  add(user, "password", context_.password);
  const json whole{{"apiVersion", "v1"},
                   {"kind", "Config"},
                   {"clusters", json::array({{{"name", "cluster"}, {"cluster", cluster}}})},
                   {"users", json::array({{{"name", "user"}, {"user", user}}})},
                   {"contexts", json::array({{{"name", "here"}, {"context", {{"cluster", "cluster"}, {"user", "user"}}}}})},
                   {"current-context", "here"}};
  return whole.dump();
}

}  // namespace sdlrun::stages::kubernetes
