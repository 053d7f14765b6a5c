// Who we are to a registry: what `docker login` has left in Docker's configuration, or in the keychain that it names.
// https://github.com/docker/cli/blob/master/docs/reference/commandline/login.md
#pragma once

#include <string>
#include <string_view>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::image {

struct Credentials {
  std::string user = {};
  std::string password = {};
  /// In place of a password: exchanged for tokens.
  std::string identity_token = {};

  bool are_none() const { return user.empty() && identity_token.empty(); }
};

/// What the configuration says of a host: the credentials, or the program that knows them.
struct StoredCredentials {
  Credentials credentials = {};
  std::string helper = {};  // "osxkeychain" of `docker-credential-osxkeychain`
  /// Of the helper: it is said to know this host. Else it is asked as it is for all hosts, and may fail.
  bool is_certain = true;
};

engine::Result<StoredCredentials> credentials_in(std::string_view configuration, const std::string& host, const std::string& where);

/// What a credential helper has answered.
engine::Result<Credentials> credentials_of_helper(std::string_view answer, const std::string& helper);

/// From `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`; none where they say nothing of the host.
engine::Task<engine::Result<Credentials>> find_credentials(engine::StageContext& context, std::string host);

}  // namespace sdlrun::stages::image
