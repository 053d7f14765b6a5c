#include "stages/image/registry/registry.hpp"

#include "engine/base64.hpp"
#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/image/reference.hpp"

namespace sdlrun::stages::image {

using engine::HttpRequest;
using engine::HttpResponse;
using engine::Result;
using engine::Task;

namespace {

constexpr int attempts_to_greet = 3;
constexpr std::uint64_t largest_token_answer = 1 << 20;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      result += c;
    } else {
      result += '%';
      result += digits[static_cast<unsigned char>(c) >> 4];
      result += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return result;
}

/// A scope may name several: "repository:a:pull,push repository:b:pull".
std::string scope_parameters(const std::string& scope) {
  std::string parameters;
  for (std::size_t begin = 0; begin < scope.size();) {
    const std::size_t end = std::min(scope.find(' ', begin), scope.size());
    parameters += "&scope=" + percent_encoded(scope.substr(begin, end - begin));
    begin = end + 1;
  }
  return parameters;
}

std::string basic(const Credentials& credentials) { return "Basic " + engine::to_base64(credentials.user + ':' + credentials.password); }

}  // namespace

bool Registry::may_be_plain() const { return access_.insecure || is_loopback(access_.host); }

engine::Error Registry::refused(const HttpResponse& response, std::string what, bool is_push) const {
  return refusal(response, {.what = std::move(what), .host = access_.host, .has_credentials = !credentials_.are_none(), .is_push = is_push});
}

// ---- the way to speak with it --------------------------------------------------------------------------------------

Task<Result<bool>> Registry::open() {
  if (access_.credentials) {
    credentials_ = *access_.credentials;
  } else {
    std::string host = access_.host;
    Task<Result<Credentials>> finding = find_credentials(context_, std::move(host));
    Result<Credentials> found = co_await finding;
    if (!found) co_return tl::unexpected(found.error());
    credentials_ = std::move(*found);
  }
  bool is_something_else = false;
  if (may_be_plain()) {
    // Nothing is said of us before it has answered so.
    std::string plain = "http://" + access_.host;
    Task<Result<bool>> greeting = greet(std::move(plain));
    const Result<bool> greeted = co_await greeting;
    if (greeted && *greeted) co_return true;
    is_something_else = greeted.has_value();
  }
  std::string secure = "https://" + api_host(access_.host);
  Task<Result<bool>> greeting = greet(std::move(secure));
  Result<bool> greeted = co_await greeting;
  if (!greeted && is_something_else) greeted = false;
  if (!greeted && greeted.error().message.starts_with("no secure connection")) greeted.error().hint += "; a registry without TLS needs `insecure = true`";
  if (greeted && !*greeted) co_return engine::failure("`" + access_.host + "` is no registry: it does not answer /v2/ as one", "look at the host and the port of the image's name");
  co_return greeted;
}

/// False where something answers that is no registry.
Task<Result<bool>> Registry::greet(std::string base) {
  HttpRequest request;
  request.url = base + "/v2/";
  request.follows_redirects = false;
  // A name that is wrong stays so; and where TLS may be spoken as well, one try must do.
  const int attempts = base.starts_with("http://") ? 1 : std::min(access_.attempts, attempts_to_greet);
  Task<Result<HttpResponse>> asking = ask(std::move(request), attempts);
  const Result<HttpResponse> response = co_await asking;
  if (!response) co_return tl::unexpected(response.error());
  const bool is_registry = response->status == 200 || response->status == 401 || engine::is_worth_another_try(response->status);
  if (!is_registry) co_return false;
  base_ = base;
  const std::lock_guard lock(mutex_);
  challenge_ = response->status == 401 ? challenge_in(*response) : std::nullopt;
  co_return true;
}

// ---- requests ------------------------------------------------------------------------------------------------------

Task<Result<HttpResponse>> Registry::ask(HttpRequest request, int attempts) {
  for (int attempt = 0;; ++attempt) {
    HttpRequest copy = request;
    Task<Result<HttpResponse>> calling = context_.http(std::move(copy));
    Result<HttpResponse> response = co_await calling;
    const bool is_final = response ? !engine::is_worth_another_try(response->status) : !response.error().transient;
    if (is_final || context_.stopping() || attempt + 1 >= attempts) co_return response;
    context_.log(access_.host + ": " + (response ? "answer " + std::to_string(response->status) : response.error().message) + ": trying again");
    Task<bool> sleeping = context_.sleep(engine::pause_before(attempt, response));
    co_await sleeping;
  }
}

Task<Result<HttpResponse>> Registry::call(HttpRequest request, std::string scope, Again again) {
  if (request.url.starts_with('/')) request.url = base_ + request.url;
  // A registry behind a proxy that speaks TLS for it may not know of it.
  const std::string plain = "http://" + api_host(access_.host) + '/';
  if (base_.starts_with("https://") && request.url.starts_with(plain)) request.url.replace(0, plain.size() - 1, base_);
  const bool is_ours = is_own(request.url);
  for (bool is_renewed = !is_ours;; is_renewed = true) {
    HttpRequest signed_request = request;
    bool signed_by_password = false;
    if (is_ours) {
      std::string wanted = scope;
      Task<Result<std::string>> authorizing = authorization(std::move(wanted));
      const Result<std::string> value = co_await authorizing;
      if (!value) co_return tl::unexpected(value.error());
      signed_by_password = value->starts_with("Basic ");
      if (!value->empty()) signed_request.headers.emplace_back("Authorization", *value);
    }
    Task<Result<HttpResponse>> asking = ask(std::move(signed_request), again == Again::yes ? access_.attempts : 1);
    Result<HttpResponse> response = co_await asking;
    if (!response || response->status != 401 || is_renewed) co_return response;
    auto challenge = challenge_in(*response);
    // The same password is not better the second time, and some count wrong ones.
    const bool was_refused = !challenge || (!challenge->is_bearer && signed_by_password);
    if (was_refused) co_return response;
    const std::lock_guard lock(mutex_);
    challenge_ = std::move(challenge);
    tokens_.erase(scope);
  }
}

// ---- who we are ----------------------------------------------------------------------------------------------------

Task<Result<std::string>> Registry::authorization(std::string scope) {
  Challenge challenge;
  {
    const std::lock_guard lock(mutex_);
    if (!challenge_) co_return std::string();
    challenge = *challenge_;
    const auto token = tokens_.find(scope);
    if (challenge.is_bearer && token != tokens_.end()) co_return "Bearer " + token->second;
  }
  if (!challenge.is_bearer) co_return credentials_.user.empty() ? std::string() : basic(credentials_);
  std::string wanted = scope;
  Task<Result<std::string>> fetching = fetch_token(std::move(challenge), std::move(wanted));
  const Result<std::string> token = co_await fetching;
  if (!token) co_return tl::unexpected(token.error());
  const std::lock_guard lock(mutex_);
  tokens_[scope] = *token;
  co_return "Bearer " + *token;
}

/// Passwords go there: whoever answers for a registry without TLS must not be able to name any place.
Result<void> Registry::check_realm(const std::string& realm) const {
  if (realm.starts_with("https://")) return {};
  const std::string host = realm.substr(0, realm.find('/', 7)).substr(std::min<std::size_t>(7, realm.size()));
  if (realm.starts_with("http://") && (access_.insecure || is_loopback(host))) return {};
  if (!realm.starts_with("http://")) {
    return engine::failure("the registry " + access_.host + " gives its tokens at " + (realm.empty() ? "no address" : "`" + realm + "`, which is no address of http:// or https://"),
                           "who runs it finds that under `realm` in its configuration");
  }
  return engine::failure("the registry " + access_.host + " gives its tokens at `" + realm.substr(0, realm.find('?')) + "`, without TLS", "where that is meant to be so, say `insecure = true`");
}

HttpRequest Registry::token_request(const Challenge& challenge, const std::string& scope) const {
  HttpRequest request;
  request.follows_redirects = false;
  request.largest_body = largest_token_answer;
  request.url = challenge.realm;
  if (!credentials_.identity_token.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=refresh_token&client_id=sdlrun&service=" + percent_encoded(challenge.service) + "&scope=" + percent_encoded(scope) +
                   "&refresh_token=" + percent_encoded(credentials_.identity_token);
    return request;
  }
  request.url += (challenge.realm.find('?') == std::string::npos ? "?" : "&") + std::string("service=") + percent_encoded(challenge.service) + scope_parameters(scope);
  if (!credentials_.user.empty()) request.headers.emplace_back("Authorization", basic(credentials_));
  return request;
}

Task<Result<std::string>> Registry::fetch_token(Challenge challenge, std::string scope) {
  if (auto allowed = check_realm(challenge.realm); !allowed) co_return tl::unexpected(allowed.error());
  HttpRequest request = token_request(challenge, scope);
  Task<Result<HttpResponse>> asking = ask(std::move(request), access_.attempts);
  const Result<HttpResponse> response = co_await asking;
  if (!response) co_return tl::unexpected(response.error());
  if (response->status != 200) co_return tl::unexpected(refused(*response, "get a token for " + access_.host, false));
  const nlohmann::json answer = parsed_json(response->body);
  std::string token = text_in(answer, "token");
  if (token.empty()) token = text_in(answer, "access_token");
  const bool is_clean = token.find_first_of("\r\n") == std::string::npos;
  if (token.empty() || !is_clean) co_return engine::failure("the server that gives tokens for " + access_.host + " has answered without one", "look at its log, or ask who runs the registry");
  co_return token;
}

}  // namespace sdlrun::stages::image
