// Who a service account of Google Cloud is: its key signs a claim, and the claim is exchanged for a token that holds for an hour.
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::kubernetes {

/// A key as Google's console gives it, in JSON.
struct ServiceAccountKey {
  std::string email = {};
  std::string private_key = {};  // PEM
  std::string key_id = {};
  std::string token_uri = {};
};

/// The error tells nothing of its text.
engine::Result<ServiceAccountKey> service_account_key(std::string_view text);

/// header.claims.signature (RS256), good for an hour from `now` (seconds since 1970).
engine::Result<std::string> signed_assertion(const ServiceAccountKey& key, std::int64_t now);

/// Asks Google. What it gives reaches no log and no message.
engine::Task<engine::Result<std::string>> google_token(engine::StageContext& step, ServiceAccountKey key);

}  // namespace sdlrun::stages::kubernetes
