// Kubernetes' quantities, such as 500m, 2, 1.5Gi.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
#pragma once

#include <optional>
#include <string>

namespace sdlrun::stages::kubernetes {

/// Cores or bytes; nothing where it is none.
std::optional<double> quantity(const std::string& text);
/// "0.5".
std::string cpu_text(double cores);
/// "1.5GiB".
std::string memory_text(double bytes);

}  // namespace sdlrun::stages::kubernetes
