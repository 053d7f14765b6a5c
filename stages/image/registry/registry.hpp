// Talking to a registry: who we are, tokens, and requests that are tried again.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/image/registry/challenge.hpp"
#include "stages/image/registry/credentials.hpp"
#include "stages/image/registry/refusal.hpp"

namespace sdlrun::stages::image {

struct RegistryAccess {
  std::string host = {};  // "registry.example.com:5000"
  /// Whether it may be spoken to without TLS although it is another machine.
  bool insecure = false;
  /// The step's own, in place of Docker's configuration.
  std::optional<Credentials> credentials = {};
  /// How often what got no answer is asked in all.
  int attempts = 7;
};

/// Several coroutines of one step may use it at once. Messages and logs hold no credentials and no tokens.
/// How often one content is tried while nothing of it moves.
inline constexpr int most_attempts = 7;

class Registry {
 public:
  Registry(engine::StageContext& context, RegistryAccess access) : context_(context), access_(std::move(access)) {}

  /// Finds credentials, and the way to speak with it. Before all else.
  engine::Task<engine::Result<bool>> open();

  enum class Again { yes, no };
  /// An answer with any status. `request.url` is a path, or what an answer has named as `Location`; `scope` is what a token
  /// is to be good for: "repository:team/imdb:pull". A token that has run out is renewed. With `Again::yes` what got no answer,
  /// or one such as 503, is tried again for a while.
  engine::Task<engine::Result<engine::HttpResponse>> call(engine::HttpRequest request, std::string scope, Again again = Again::yes);

  engine::Error refused(const engine::HttpResponse& response, std::string what, bool is_push) const;
  engine::StageContext& context() { return context_; }
  const std::string& host() const { return access_.host; }
  /// Whether an address is this registry's: credentials and tokens go nowhere else.
  bool is_own(const std::string& url) const { return url.starts_with(base_ + '/'); }

 private:
  engine::Task<engine::Result<engine::HttpResponse>> ask(engine::HttpRequest request, int attempts);
  engine::Task<engine::Result<bool>> greet(std::string base);
  /// The header's value; empty where nothing is wanted.
  engine::Task<engine::Result<std::string>> authorization(std::string scope);
  engine::Task<engine::Result<std::string>> fetch_token(Challenge challenge, std::string scope);
  engine::HttpRequest token_request(const Challenge& challenge, const std::string& scope) const;
  engine::Result<void> check_realm(const std::string& realm) const;
  bool may_be_plain() const;

  engine::StageContext& context_;
  RegistryAccess access_;
  Credentials credentials_;
  std::string base_;  // "https://registry.example.com:5000"
  std::mutex mutex_;
  std::optional<Challenge> challenge_;          // guarded by `mutex_`
  std::map<std::string, std::string> tokens_;   // by scope; guarded by `mutex_`
};

}  // namespace sdlrun::stages::image
