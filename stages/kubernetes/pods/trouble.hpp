// Why a Pod doesn't start, or how it has ended, in words.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"

namespace sdlrun::stages::kubernetes {

struct PodTrouble {
  engine::Error error = {};
  /// To wait longer won't help.
  bool is_final = false;
  /// No node has what it asks for.
  bool is_no_room = false;
  /// It waits for a volume (stages/kubernetes/pods/claims.hpp tells more).
  bool wants_volume = false;
  /// It is none as long as it does not last.
  bool is_silent = false;
};

/// What the largest node could give; texts such as "4" and "8Gi". Empty: not known.
struct LargestNode {
  std::string name = {};
  std::string cpu = {};
  std::string memory = {};
};
LargestNode largest_node(const nlohmann::json& nodes);

/// Where a Pod's owner says what it asks for, in words.
struct PodSettings {
  std::string sizes = "`resources` of its containers";
  std::string credentials = "in its `imagePullSecrets`";
  std::string nodes = "its `nodeSelector` and `affinity`";
};

/// What keeps a Pod from running; nothing where nothing is known to. `shown`: "the driver", "an executor".
std::optional<PodTrouble> start_trouble(const nlohmann::json& pod, const std::string& shown, const LargestNode& largest, const PodSettings& settings = {});

/// "3 CPUs and 4Gi of memory": what its containers ask for, those that run one after the other not together.
std::string requests_of(const nlohmann::json& pod);

/// Who or what takes a Pod off its node, or has taken it, and why: "evicted by a request (…)". Empty: nobody does, or a deletion says no more.
std::string disruption_of(const nlohmann::json& pod);

/// What an exit code means to Spark, or to the kernel; empty where it says nothing more.
std::string meaning_of_exit_code(int code, const std::string& reason);
/// "exit code 137: killed …".
std::string exit_code_text(int code, const std::string& reason);

}  // namespace sdlrun::stages::kubernetes
