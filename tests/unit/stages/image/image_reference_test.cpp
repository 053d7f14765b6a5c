// The name of an image that steps on a cluster run in: what stands in a Pod, and what counts for a key.
#include "stages/image/image_reference.hpp"

#include <doctest/doctest.h>

namespace sdlrun::stages::image {

TEST_CASE("an image that was pushed or loaded is known by its name and digest") {
  const dsl::Value pushed = reference_value("registry.example.com/team/app@sha256:aa", "sha256:aa"), loaded = reference_value("localhost/app:1", "sha256:bb");
  CHECK(referred_name(pushed) == "registry.example.com/team/app@sha256:aa");
  CHECK(referred_name(loaded) == "localhost/app:1");
  CHECK(pushed.as<dsl::Handle>()->digest == "registry.example.com/team/app@sha256:aa");
  CHECK(loaded.as<dsl::Handle>()->digest == "localhost/app:1 sha256:bb");
  CHECK_FALSE(loaded == reference_value("localhost/app:1", "sha256:cc"));
  CHECK(referred_name(dsl::Value::text("debian:12")) == "debian:12");
  CHECK(referred_name(dsl::Value()) == "");
}

}  // namespace sdlrun::stages::image
