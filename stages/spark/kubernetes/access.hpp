// What Spark needs to be allowed on a cluster, and whether it is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/access/access.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::spark {

inline constexpr const char* driver_account = "spark-driver";
inline constexpr const char* executor_account = "spark-executor";

/// What the driver does, by the code of Spark 3.5 to 4.1 (scheduler/cluster/k8s). Executors never ask the API: they have no rule.
const std::vector<kubernetes::Rule>& driver_rules();
/// What a submission does, in our own name.
const std::vector<kubernetes::Rule>& submitter_rules();

struct AccessObject {
  kubernetes::Resource resource = {};
  nlohmann::json object = {};
};
/// Service accounts, Role and RoleBinding, and a ResourceQuota where `quota` is not empty.
std::vector<AccessObject> access_objects(const std::string& space, const std::vector<std::pair<std::string, std::string>>& quota);

}  // namespace sdlrun::stages::spark
