#include "stages/image/registry/credentials.hpp"

#include "engine/base64.hpp"
#include "engine/cache/digest.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// Docker's own registry stands there under an address of long ago.
constexpr const char* docker_key = "https://index.docker.io/v1/";

/// "https://host:5000/v1/" stands for "host:5000".
std::string host_of(std::string key) {
  if (const std::size_t scheme = key.find("://"); scheme != std::string::npos) key.erase(0, scheme + 3);
  key = key.substr(0, key.find('/'));
  return key == "index.docker.io" || key == "registry-1.docker.io" ? "docker.io" : key;
}

std::string key_of(const std::string& host) { return host == "docker.io" ? docker_key : host; }

Result<Credentials> decoded(const json& entry, const std::string& host, const std::string& where) {
  Credentials found{.user = text_in(entry, "username"), .password = text_in(entry, "password"), .identity_token = text_in(entry, "identitytoken")};
  const std::string auth = text_in(entry, "auth");
  if (auth.empty()) return found;
  const auto pair = engine::from_base64(auth);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return engine::failure(where + ": the entry `auth` of " + host + " is not what `docker login` writes", "run `docker login " + host + "` again");
  found.user = pair->substr(0, colon);
  // Old versions of Docker leave a NUL behind the password.
  found.password = pair->substr(colon + 1, pair->find('\0', colon) - colon - 1);
  return found;
}

fs::path configuration_file(const engine::Environment& environment) {
  const std::string folder = variable(environment, "DOCKER_CONFIG");
  if (!folder.empty()) return fs::path(folder) / "config.json";
  const std::string home = variable(environment, "HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".docker" / "config.json";
}

bool is_name_of_helper(const std::string& helper) {
  return !helper.empty() && helper.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos;
}

/// The answer goes to a file that only we read: what programs print is shown. It is taken away at once.
Task<Result<Credentials>> ask_helper(engine::StageContext& context, std::string helper, std::string key, bool is_certain) {
  if (!is_name_of_helper(helper)) co_return engine::failure("Docker's configuration names a credential helper `" + helper + "`, which is no name");
  const std::string program = "docker-credential-" + helper;
  const fs::path answer_file = context.scratch_directory() / ("credentials-" + engine::sha256(key).substr(0, 16));
  engine::ProcessRequest request;
  request.command = {"/bin/sh", "-c", "umask 077; command -v \"$1\" > /dev/null || exit 127; printf %s \"$2\" | \"$1\" get > \"$3\"", "sh", program, key, answer_file.string()};
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  const Result<std::string> answer = context.world().files.read(answer_file);
  static_cast<void>(context.world().files.remove(answer_file));
  if (!result) co_return tl::unexpected(result.error());
  if (result->exit_code == 127 && !is_certain) co_return Credentials{};
  if (result->exit_code == 127) {
    co_return engine::failure("Docker's configuration leaves credentials to `" + program + "`, which is not installed", "install it, or take `credsStore` and `credHelpers` out of the configuration and log in again");
  }
  if (result->success() && answer) co_return credentials_of_helper(*answer, helper);
  const bool knows_nothing = answer && answer->find("not found") != std::string::npos;
  if (knows_nothing || !is_certain) co_return Credentials{};
  co_return engine::failure("`" + program + "` ended with " + describe(*result) + " when it was asked for the credentials of " + key, "does `docker login` work with it?", answer ? *answer : "");
}

}  // namespace

Result<StoredCredentials> credentials_in(std::string_view configuration, const std::string& host, const std::string& where) {
  const json all = parsed_json(configuration);
  if (!all.is_object()) return engine::failure(where + " is no JSON", "mend it, or move it away and log in again with `docker login`");
  const json helpers = object_in(all, "credHelpers");
  for (const auto& [name, helper] : helpers.items()) {
    if (host_of(name) == host && helper.is_string()) return StoredCredentials{.helper = helper.get<std::string>()};
  }
  const json entries = object_in(all, "auths");
  bool has_entry = false;
  for (const auto& [name, entry] : entries.items()) {
    if (host_of(name) != host) continue;
    has_entry = true;
    auto found = decoded(entry, host, where);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!found->are_none()) return StoredCredentials{.credentials = std::move(*found)};
  }
  // An entry without a text is what `docker login` leaves of one that it has put into the store; helpers of clouds know
  // registries without one.
  return StoredCredentials{.helper = text_in(all, "credsStore"), .is_certain = has_entry};
}

Result<Credentials> credentials_of_helper(std::string_view answer, const std::string& helper) {
  const json object = parsed_json(answer);
  const std::string user = text_in(object, "Username"), secret = text_in(object, "Secret");
  if (user.empty() || secret.empty()) return engine::failure("`docker-credential-" + helper + "` has answered without user and secret", "does `docker login` work with it?");
  if (user == "<token>") return Credentials{.identity_token = secret};
  return Credentials{.user = user, .password = secret};
}

Task<Result<Credentials>> find_credentials(engine::StageContext& context, std::string host) {
  const fs::path file = configuration_file(context.environment());
  if (file.empty()) co_return Credentials{};
  const auto status = context.world().files.status(file);
  if (!status) co_return tl::unexpected(status.error());
  if (!status->has_value()) co_return Credentials{};
  const auto text = context.world().files.read(file);
  if (!text) co_return tl::unexpected(text.error());
  auto stored = credentials_in(*text, host, "`" + file.string() + "`");
  if (!stored) co_return tl::unexpected(stored.error());
  if (stored->helper.empty()) co_return stored->credentials;
  std::string key = key_of(host);
  std::string helper = stored->helper;
  Task<Result<Credentials>> asking = ask_helper(context, std::move(helper), std::move(key), stored->is_certain);
  co_return co_await asking;
}

}  // namespace sdlrun::stages::image
