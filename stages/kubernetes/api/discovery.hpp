// Which kinds an API server knows, and by which names. Asked once and kept: a kind that was not there is asked for again.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

struct KnownKind {
  Resource resource = {};
  std::string kind = {};                // "Deployment"
  std::vector<std::string> names = {};  // in lower case, as people say them: "deployment", "deployments", "deploy"
  bool can_watch = true;
};

/// Several coroutines may use it at once.
class Discovery {
 public:
  explicit Discovery(Client& client) : client_(client) {}

  /// The kind of a manifest; nothing where the server does not know it (yet).
  engine::Task<engine::Result<std::optional<KnownKind>>> find(std::string api_version, std::string kind);
  /// A kind by any of its names, with its group behind a point where it is wanted: "pod", "deploy", "issuers.cert-manager.io".
  /// Where several groups have it, the core group and those that come with Kubernetes go first. None is an error.
  engine::Task<engine::Result<KnownKind>> find_by_name(std::string name);

 private:
  /// The kinds of "v1" or "apps/v1"; nothing where the server has no such version.
  engine::Task<engine::Result<std::optional<std::vector<KnownKind>>>> kinds_of(std::string api_version);
  engine::Task<engine::Result<std::vector<std::string>>> preferred_versions();

  Client& client_;
  std::mutex mutex_;
  std::map<std::string, std::vector<KnownKind>> known_;  // guarded by `mutex_`
};

}  // namespace sdlrun::stages::kubernetes
