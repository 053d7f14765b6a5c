#include "stages/kubernetes/api/google_token.hpp"

#include <memory>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/base64.hpp"
#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// All of Google Cloud, as the service account's roles let it; the address is what a cluster's own rights know it by.
constexpr const char* scopes = "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email";
constexpr const char* grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::int64_t lifetime_seconds = 3600;
constexpr int most_token_attempts = 5;

/// RFC 4648, section 5, without padding.
std::string base64_url(std::string_view bytes) {
  std::string text = engine::to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

template <typename T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;
struct ReleaseBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

Key private_key(const std::string& pem) {
  const std::unique_ptr<BIO, ReleaseBio> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return source ? Key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr)) : Key();
}

std::string signature(EVP_PKEY* key, const std::string& text) {
  const Digest digest(EVP_MD_CTX_new());
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return "";
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  if (EVP_DigestSign(digest.get(), nullptr, &length, bytes, text.size()) != 1) return "";
  std::vector<unsigned char> result(length);
  if (EVP_DigestSign(digest.get(), result.data(), &length, bytes, text.size()) != 1) return "";
  return {reinterpret_cast<const char*>(result.data()), length};
}

engine::Error no_token(const engine::HttpResponse& response) {
  const json answer = parsed_json(response.body);
  const std::string description = text_in(answer, "error_description"), word = text_in(answer, "error");
  return {.message = "Google gives no token to the service account: " + (description.empty() ? word.empty() ? "it answered " + std::to_string(response.status) : word : description),
          .hint = response.status >= 500 ? "it has a problem of its own: run again later" : "was the key deleted, or the account disabled? Is this machine's clock right? A new one: `gcloud iam service-accounts keys create`, or Google's console",
          .transient = engine::is_worth_another_try(response.status)};
}

}  // namespace

Result<ServiceAccountKey> service_account_key(std::string_view text) {
  const json key = parsed_json(text);
  ServiceAccountKey found{.email = text_in(key, "client_email"), .private_key = text_in(key, "private_key"), .key_id = text_in(key, "private_key_id"), .token_uri = text_in(key, "token_uri")};
  if (text_in(key, "type") != "service_account" || found.email.empty() || found.private_key.empty()) {
    return engine::failure("`key` is no key of a service account: it is to be its JSON file, whole", "make one in Google's console (IAM, Service accounts, Keys): `secret key = file(\"key.json\")`");
  }
  if (found.token_uri.empty()) found.token_uri = "https://oauth2.googleapis.com/token";
  return found;
}

Result<std::string> signed_assertion(const ServiceAccountKey& key, std::int64_t now) {
  json header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!key.key_id.empty()) header["kid"] = key.key_id;
  const json claims{{"iss", key.email}, {"scope", scopes}, {"aud", key.token_uri}, {"iat", now}, {"exp", now + lifetime_seconds}};
  const std::string text = base64_url(header.dump()) + '.' + base64_url(claims.dump());
  const Key private_part = private_key(key.private_key);
  if (!private_part || EVP_PKEY_get_base_id(private_part.get()) != EVP_PKEY_RSA) return engine::failure("the `private_key` in `key` is no RSA key in the form of PEM", "take the JSON file as Google gave it");
  const std::string sign = signature(private_part.get(), text);
  if (sign.empty()) return engine::failure("the `private_key` in `key` cannot sign");
  return text + '.' + base64_url(sign);
}

Task<Result<std::string>> google_token(engine::StageContext& step, ServiceAccountKey key) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(step.world().clock.wall()).count();
  const auto assertion = signed_assertion(key, now);
  if (!assertion) co_return tl::unexpected(assertion.error());
  for (int attempt = 0;; ++attempt) {
    engine::HttpRequest request{.method = "POST", .url = key.token_uri, .body = "grant_type=" + escaped(grant) + "&assertion=" + *assertion};
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.follows_redirects = false;
    request.largest_body = 1ULL << 20;
    Task<Result<engine::HttpResponse>> calling = step.http(std::move(request));
    const Result<engine::HttpResponse> response = co_await calling;
    const bool may_help = response ? engine::is_worth_another_try(response->status) : response.error().transient;
    if (!may_help || step.stopping() || attempt + 1 >= most_token_attempts) {
      if (!response) co_return engine::failure("Google does not answer when it is asked for a token: " + response.error().message, "is there a way from here to " + key.token_uri + "?");
      if (response->status != 200) co_return tl::unexpected(no_token(*response));
      std::string token = text_in(parsed_json(response->body), "access_token");
      if (token.empty()) co_return engine::failure(key.token_uri + " answers with no token", "does `token_uri` of the key name Google's server?");
      co_return token;
    }
    Task<bool> sleeping = step.sleep(engine::pause_before(attempt, response));
    co_await sleeping;
  }
}

}  // namespace sdlrun::stages::kubernetes
