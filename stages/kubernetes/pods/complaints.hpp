// What Pods, and objects that have Pods, complain of, in words that tell what to look at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// "the container `web` has ended 4 times, last with exit code 1"; what its own state tells. Nothing where the Pod is well.
struct Complaint {
  std::string text = {};
  std::string detail = {};     // what the kubelet says more
  std::string container = {};  // whose log may tell more; empty: none has one
  bool has_restarted = false;  // and it is that of the run before
};
std::optional<Complaint> complaint_of(const nlohmann::json& pod);

/// Lines about an object that is not ready: its Pods' complaints with the ends of their logs, and the last warning events. What may not be
/// asked is left out.
engine::Task<std::vector<std::string>> complaints_about(Client& client, nlohmann::json object);

/// The last lines of a container's log; empty where there is none.
engine::Task<std::string> log_end(Client& client, nlohmann::json pod, Complaint of, int lines);

/// What was told last about an object, "FailedMount: …", of that type ("Warning"; empty: of any); empty where nothing was.
engine::Task<std::string> last_event(Client& client, std::string space, std::string uid, std::string type);

/// "a=b,c=d"; empty where there is no selector that names labels.
std::string selector_of(const nlohmann::json& object);

}  // namespace sdlrun::stages::kubernetes
