// What Spark needs to be allowed on a cluster, and whether it is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::spark {

inline constexpr const char* driver_account = "spark-driver";
inline constexpr const char* executor_account = "spark-executor";

/// One rule of a Role, and why it is there.
struct Rule {
  std::vector<std::string> resources = {};  // of the core group; "pods/log"
  std::vector<std::string> verbs = {};
  std::string why = {};
};

/// What the driver does, by the code of Spark 3.5 to 4.1 (scheduler/cluster/k8s). Executors never ask the API: they have no rule.
const std::vector<Rule>& driver_rules();
/// What a submission does, in our own name.
const std::vector<Rule>& submitter_rules();

struct AccessObject {
  kubernetes::Resource resource = {};
  nlohmann::json object = {};
};
/// Service accounts, Role and RoleBinding, and a ResourceQuota where `quota` is not empty.
std::vector<AccessObject> access_objects(const std::string& space, const std::vector<std::pair<std::string, std::string>>& quota);
nlohmann::json namespace_object(const std::string& space);

/// Asks the API server whether each rule is granted: to ourselves, or to a service account. The error names the rules that are missing,
/// each with its reason. True where all are; false where the server does not let us ask for another account.
engine::Task<engine::Result<bool>> check_own_access(kubernetes::Client& client, std::string space, std::vector<Rule> rules);
engine::Task<engine::Result<bool>> check_account_access(kubernetes::Client& client, std::string space, std::string account, std::vector<Rule> rules);

}  // namespace sdlrun::stages::spark
