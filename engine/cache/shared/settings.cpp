#include "engine/cache/shared/settings.hpp"

#include <openssl/evp.h>
#include <sys/utsname.h>

#include <algorithm>

#include "engine/cache/shared/cache_url.hpp"

namespace sdlrun::engine {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

constexpr const char* address_variable = "SDLRUN_SHARED_CACHE";
constexpr const char* mode_variable = "SDLRUN_SHARED_CACHE_MODE";
constexpr const char* token_variable = "SDLRUN_SHARED_CACHE_TOKEN";
constexpr const char* login_variable = "SDLRUN_SHARED_CACHE_LOGIN";

/// Empty where it is not set.
std::string variable(const Variables& environment, std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(), [&](const auto& entry) { return entry.first == name; });
  return found == environment.end() ? "" : found->second;
}

std::string base64(const std::string& text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');  // one for the NUL that OpenSSL adds
  const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

/// What could end a header and begin another.
bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Result<void> add_credentials(SharedCacheSettings& settings, const Variables& environment) {
  const std::string token = variable(environment, token_variable), login = variable(environment, login_variable);
  if (has_control_characters(token) || has_control_characters(login)) {
    return failure(std::string(token.empty() ? login_variable : token_variable) + " holds a line break or another control character",
                   "write it without, such as `export " + std::string(token_variable) + "=\"$(cat token-file)\"`");
  }
  if (!token.empty() && !login.empty()) {
    return failure(std::string(token_variable) + " and " + login_variable + " are both set", "unset one of them: a server takes one of the two");
  }
  if (!token.empty()) {
    settings.authorization = "Bearer " + token;
    settings.secrets = {token};
  } else if (!login.empty()) {
    const std::size_t colon = login.find(':');
    if (colon == std::string::npos) return failure(std::string(login_variable) + " holds no colon", "it is written user:password");
    const std::string encoded = base64(login);
    settings.authorization = "Basic " + encoded;
    settings.secrets = {encoded, login};
    if (colon + 1 < login.size()) settings.secrets.push_back(login.substr(colon + 1));
  }
  return {};
}

/// Results of one kind of machine are not those of another: programs and libraries differ.
std::string machine_kind() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return std::string(names.sysname) + ' ' + names.machine;
}

Result<bool> may_write(const SharedCacheConfiguration& configuration, const Variables& environment) {
  const std::string mode = variable(environment, mode_variable);
  if (mode.empty()) return !configuration.read_only;
  if (mode == "read_only" || mode == "read_write") return mode == "read_write";
  return failure(std::string(mode_variable) + " is `" + mode + '`', "it is read_only or read_write");
}

}  // namespace

bool shared_cache_is_switched_off(const Variables& environment) { return variable(environment, address_variable) == "off"; }

Result<std::optional<SharedCacheSettings>> shared_cache_settings(const std::optional<SharedCacheConfiguration>& configuration,
                                                                 const Variables& environment) {
  if (shared_cache_is_switched_off(environment)) return std::nullopt;
  const SharedCacheConfiguration given = configuration.value_or(SharedCacheConfiguration());
  const std::string from_environment = variable(environment, address_variable);
  if (from_environment.empty() && given.url.empty()) return std::nullopt;
  auto url = parse_cache_url(from_environment.empty() ? given.url : from_environment);
  if (!url) return tl::unexpected(std::move(url.error()));
  if (!url->is_encrypted && !url->is_loopback && !given.allow_plain_http) {
    return failure("the shared cache on `" + url->host + "` is spoken to without encryption: who is on the way can read the password, and change results",
                   "give its address with https://, or say `allow_plain_http: true` under `shared_cache` in sdl.yaml where the network is trusted");
  }
  const auto writes = may_write(given, environment);
  if (!writes) return tl::unexpected(writes.error());
  SharedCacheSettings settings{.url = url->text, .may_write = *writes, .is_loopback = url->is_loopback, .salt = machine_kind() + '\n' + given.salt};
  if (auto added = add_credentials(settings, environment); !added) return tl::unexpected(std::move(added.error()));
  return settings;
}

}  // namespace sdlrun::engine
