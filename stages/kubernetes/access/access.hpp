// What somebody may do on a cluster, asked of the API server.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
#pragma once

#include <string>
#include <vector>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// One rule of a Role, and why it is there.
struct Rule {
  std::vector<std::string> resources = {};  // "pods/log"
  std::vector<std::string> verbs = {};
  std::string why = {};
  std::string group = {};  // of the API; empty: the core group
};

/// Asks the API server whether each rule is granted: to ourselves, or to a service account. The error names the rules that are missing,
/// each with its reason, and says who wants them: "Spark needs". True where all are; false where the server does not let us ask for another account.
engine::Task<engine::Result<bool>> check_own_access(Client& client, std::string space, std::string who_needs, std::vector<Rule> rules);
engine::Task<engine::Result<bool>> check_account_access(Client& client, std::string space, std::string account, std::string who_needs, std::vector<Rule> rules);

}  // namespace sdlrun::stages::kubernetes
