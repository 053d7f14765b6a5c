// What an API server's refusal means, and what to do about it.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "engine/error.hpp"

namespace sdlrun::stages::kubernetes {

/// `what` goes on after "cannot": "create the Pod `driver` in `spark`". `body` is the answer's Status.
engine::Error refusal(int status, const nlohmann::json& body, const std::string& what);

/// Whether the same request may be answered better later. An API server says 500 also where an object that is applied does not fit its kind,
/// and 403 to the first Pod of a namespace that is not furnished yet.
bool may_go_better(int status, std::string_view text);

}  // namespace sdlrun::stages::kubernetes
