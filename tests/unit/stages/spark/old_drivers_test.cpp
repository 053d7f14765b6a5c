// Which drivers nobody looks at any more.
#include "stages/spark/kubernetes/old_drivers.hpp"

#include <doctest/doctest.h>

#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

using nlohmann::json;

TEST_CASE("a driver is old that ended well long ago") {
  constexpr std::int64_t then = 1'795'993'600, hour = 3600;
  json pod{{"metadata", {{"name", "sdl-1-driver"}}},
           {"status", {{"phase", "Succeeded"}, {"containerStatuses", json::array({{{"name", driver_container}, {"state", {{"terminated", {{"exitCode", 0}, {"finishedAt", "2026-11-29T23:06:40Z"}}}}}}})}}}};
  CHECK(is_old_driver(pod, hour, then + hour));
  CHECK_FALSE(is_old_driver(pod, hour, then + hour - 1));
  CHECK_FALSE(is_old_driver(pod, hour, then - hour));  // a clock that is behind
  json going = pod;
  going["metadata"]["deletionTimestamp"] = "2026-11-30T00:00:00Z";
  CHECK_FALSE(is_old_driver(going, hour, then + hour));
  pod["status"]["phase"] = "Failed";
  CHECK_FALSE(is_old_driver(pod, hour, then + hour));
  CHECK_FALSE(is_old_driver(json(), hour, then));
}

}  // namespace sdlrun::stages::spark
