// A job's files on their way between this machine and its Pods: by a small server (courier.py) in a Pod of its own, which the API server's
// proxy leads to. So neither a volume nor an object store has to be there; docs/kubernetes.md says why.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::spark {

/// A file or folder here, and its name for the job.
struct CarriedFile {
  std::string name = {};
  std::filesystem::path path = {};
};

struct CourierPod {
  std::string name = {};   // of the job
  std::string space = {};
  std::string image = {};  // the job's own: it has Python, and is on its way to the nodes anyway
  std::string pull_policy = {};
  std::vector<std::string> pull_secrets = {};
  std::string account = {};  // one without rights
  std::string secret = {};   // that holds the token, as `courier_token_variable`
};

/// The variable, and the Secret's key, of the token that courier.py wants.
inline constexpr const char* courier_token_variable = "SDLRUN_FILES_TOKEN";

std::string courier_pod_name(const std::string& job);
nlohmann::json courier_pod(const CourierPod& description);
/// The address by which Pods reach it.
std::string courier_url(const nlohmann::json& pod);

class Courier {
 public:
  Courier(kubernetes::Client& client, std::string job, std::string space, std::string token)
      : client_(client), job_(std::move(job)), space_(std::move(space)), token_(std::move(token)) {}

  /// Puts them there as `inputs/NAME`, folders with all that is in them; what is there already stays.
  engine::Task<engine::Result<bool>> send(std::vector<CarriedFile> files);
  /// Takes what lies below `beginning`, such as "outputs/", into a folder; of a single file's name, that one as `folder`.
  engine::Task<engine::Result<bool>> fetch(std::string beginning, std::filesystem::path folder);

 private:
  kubernetes::ApiRequest request(std::string method, const std::string& path) const;
  engine::Task<engine::Result<nlohmann::json>> list();
  engine::Task<engine::Result<bool>> send_one(CarriedFile file);
  engine::Task<engine::Result<bool>> fetch_one(nlohmann::json file, std::filesystem::path place);

  kubernetes::Client& client_;
  std::string job_;
  std::string space_;
  std::string token_;
};

}  // namespace sdlrun::stages::spark
