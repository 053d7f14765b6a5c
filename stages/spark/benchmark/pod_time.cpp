#include "stages/spark/benchmark/pod_time.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/inspect/times.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using nlohmann::json;

Result<RunTime> time_told_by(const json& pod) {
  const json last = terminated(pod, driver_container);
  const auto made = kubernetes::seconds_of(text_at(pod, {"metadata", "creationTimestamp"}));
  const json message = parsed_json(text_in(last, "message")), began = value_at(message, {"began"}), seconds = value_at(message, {"seconds"});
  if (made && began.is_number() && seconds.is_number()) {
    return RunTime{.seconds = seconds.get<double>(), .start = std::max(0.0, began.get<double>() - static_cast<double>(*made))};
  }
  const auto started = kubernetes::seconds_of(text_in(last, "startedAt")), finished = kubernetes::seconds_of(text_in(last, "finishedAt"));
  if (!made || !started || !finished) return engine::failure("the driver's Pod does not say how long it ran", "did somebody delete or change it?");
  return RunTime{.seconds = static_cast<double>(*finished - *started), .start = static_cast<double>(*started - *made)};
}

}  // namespace sdlrun::stages::spark
