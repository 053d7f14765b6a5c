#include "stages/kubernetes/api/api_error.hpp"

#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

/// A namespace that was just made has no account `default`, and no count of what a quota allows, until the controllers get to
/// it; Pods are refused meanwhile.
bool waits_for_controllers(std::string_view text) {
  const std::size_t account = text.find("error looking up service account ");
  const bool is_default = account != std::string_view::npos && text.find("/default: ", account) != std::string_view::npos;
  return is_default || text.find("status unknown for quota") != std::string_view::npos;
}

/// Two wrote the same object at once, often one that is neither's own, such as a quota that each new Pod counts against; or what
/// had the name is still going away.
bool is_between_two(std::string_view text) {
  return text.find("the object has been modified; please apply your changes to the latest version") != std::string_view::npos || text.find("object is being deleted: ") != std::string_view::npos;
}

/// `pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "n"` names the rule that is missing.
std::string hint_for_forbidden(const std::string& message) {
  if (message.find("exceeded quota") != std::string::npos) return "the namespace's ResourceQuota leaves no room: ask for less, delete what is not needed, or raise the quota";
  if (waits_for_controllers(message)) return "the cluster's controllers have not furnished the namespace yet: is the control plane well?";
  if (message.find("error looking up service account") != std::string::npos) return "the service account is not there: `spark.kubernetes` makes it";
  if (message.find("violates PodSecurity") != std::string::npos) return "the namespace enforces a Pod Security level that this does not keep";
  if (message.find("is being terminated") != std::string::npos) return "the namespace is being deleted: wait until it has gone";
  if (message.find(" cannot ") != std::string::npos) return "whoever administers the cluster can grant it: a Role with this verb and resource, bound to this user (`kubectl create role`, `kubectl create rolebinding`)";
  return "";
}

bool does_not_fit(std::string_view text) { return text.find("failed to create typed patch object") != std::string_view::npos; }

std::string hint_for(int status, const std::string& reason, const std::string& message) {
  if (status == 401) return "the kubeconfig's credentials are not accepted, or have expired: log in anew with the cluster's own tool";
  if (status == 403) return hint_for_forbidden(message);
  if (status == 404) return message.find("could not find the requested resource") != std::string::npos ? "this cluster does not know that kind: is its CustomResourceDefinition installed, and the version right?" : "";
  if (status == 409 && reason == "Conflict") return "somebody else has changed it, or owns the fields: look at its `managedFields`";
  if (status == 413) return "one object may hold about 1 MiB";
  if (status == 429) return "the API server is asked too much: wait a while and run again";
  if (status == 500 && does_not_fit(message)) return "a field is misspelt, or holds a value of another type: `yes`, `on` and numbers that are meant as texts stand in quotes";
  if (status >= 500) return "the API server has a problem: is the control plane well? try again later";
  return "";
}

/// The fields at fault, a line each.
std::string causes_in(const json& body) {
  std::string lines;
  for (const json& cause : list_in(object_in(body, "details"), "causes")) {
    const std::string field = text_in(cause, "field"), message = text_in(cause, "message");
    if (!message.empty()) lines += (lines.empty() ? "" : "\n") + (field.empty() ? "" : field + ": ") + message;
  }
  return lines;
}

}  // namespace

bool may_go_better(int status, std::string_view text) {
  if (status == 403) return waits_for_controllers(text);
  if (status == 409) return is_between_two(text);
  return engine::is_worth_another_try(status) && !(status == 500 && does_not_fit(text));
}

engine::Error refusal(int status, const json& body, const std::string& what) {
  const std::string message = text_in(body, "message");
  const std::string words = message.empty() ? "the API server answered " + std::to_string(status) : message;
  return {.message = "cannot " + what + ": " + words, .hint = hint_for(status, text_in(body, "reason"), message), .detail = causes_in(body), .transient = may_go_better(status, message)};
}

}  // namespace sdlrun::stages::kubernetes
