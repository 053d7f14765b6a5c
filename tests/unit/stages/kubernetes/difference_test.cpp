// What people are shown of two forms of an object, and what kubernetes.wait may be told.
#include "stages/kubernetes/objects/difference.hpp"

#include <doctest/doctest.h>

#include "stages/kubernetes/wait/expectation.hpp"

using namespace sdlrun::stages::kubernetes;
using nlohmann::json;
using Lines = std::vector<std::string>;

TEST_CASE("only fields that differ are shown, and nothing that the API server writes") {
  const json before{{"kind", "Deployment"}, {"metadata", {{"name", "web"}, {"resourceVersion", "1"}, {"generation", 1}}}, {"spec", {{"replicas", 2}}}, {"status", {{"replicas", 2}}}};
  json after = before;
  after["metadata"]["resourceVersion"] = "2";
  after["status"]["replicas"] = 3;
  CHECK(difference(before, after) == Lines{});
  after["spec"]["replicas"] = 3;
  after["metadata"]["labels"] = {{"app.kubernetes.io/name", "web"}};
  CHECK(difference(before, after) == Lines{"+   metadata.labels.\"app.kubernetes.io/name\": \"web\"", "-   spec.replicas: 2", "+   spec.replicas: 3"});
}

TEST_CASE("elements of lists are told apart by their names, so that one put before others changes only itself") {
  const json before{{"env", {{{"name", "A"}, {"value", "1"}}}}}, after{{"env", {{{"name", "B"}, {"value", "2"}}, {{"name", "A"}, {"value", "1"}}}}};
  CHECK(difference(before, after) == Lines{"+   env[B].name: \"B\"", "+   env[B].value: \"2\""});
}

TEST_CASE("that a secret changes is shown, and its values are not") {
  const json before{{"kind", "Secret"}, {"data", {{"password", "b2xk"}}}}, after{{"kind", "Secret"}, {"data", {{"password", "bmV3"}}}};
  const Lines lines = difference(before, after);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("data.password: *** (sha256:") != std::string::npos);
  CHECK(lines[0].substr(1) != lines[1].substr(1));
  CHECK((lines[0] + lines[1]).find("b2xk") == std::string::npos);
  CHECK((lines[0] + lines[1]).find("bmV3") == std::string::npos);
}

TEST_CASE("a field that somebody else sets is ours no longer, and the digest of ours is another") {
  json object{{"metadata", {{"managedFields", {{{"manager", "kubectl"}, {"operation", "Update"}, {"fieldsV1", {{"f:status", {}}}}},
                                               {{"manager", "sdlrun"}, {"operation", "Apply"}, {"apiVersion", "v1"}, {"fieldsV1", {{"f:data", {{"f:a", json::object()}, {"f:b", json::object()}}}}}}}}}}};
  const std::string before = owned_fields_digest(object);
  CHECK_FALSE(before.empty());
  object["metadata"]["managedFields"][0]["time"] = "later";
  CHECK(owned_fields_digest(object) == before);
  object["metadata"]["managedFields"][1]["fieldsV1"]["f:data"].erase("f:b");
  CHECK(owned_fields_digest(object) != before);
  object["metadata"]["managedFields"].erase(1);
  CHECK(owned_fields_digest(object).empty());
}

TEST_CASE("what kubernetes.wait waits for") {
  const auto holds = [](const std::string& text, const json& object) {
    const auto wanted = expectation(text);
    REQUIRE(wanted.has_value());
    return (*wanted)(object);
  };
  const json pod{{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"generation", 3}}}, {"status", {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", "True"}}, {{"type", "Initialized"}, {"status", "False"}}}}}}};
  CHECK(holds("Ready", pod));
  CHECK(holds("condition=Ready", pod));
  CHECK_FALSE(holds("Initialized", pod));
  CHECK(holds("Initialized=False", pod));
  CHECK(holds("jsonpath={.status.phase}=Running", pod));
  CHECK_FALSE(holds("jsonpath={.status.phase}=Pending", pod));
  CHECK(holds("jsonpath={.status.conditions[1].type}=Initialized", pod));
  CHECK_FALSE(holds("jsonpath={.status.hostIP}", pod));
  CHECK(holds("jsonpath=.metadata.generation=3", pod));
  CHECK_FALSE(holds("deleted", pod));
  CHECK(holds("deleted", nullptr));
  CHECK_FALSE(holds("Ready", nullptr));
  json stale = pod;
  stale["status"]["observedGeneration"] = 2;
  CHECK_FALSE(holds("condition=Ready", stale));
}

TEST_CASE("what it cannot be told") {
  const auto error = [](const std::string& text) {
    const auto wanted = expectation(text);
    return wanted ? "none" : wanted.error().message;
  };
  CHECK(error("is well") == "`is well` is nothing to wait `for`");
  CHECK(error("jsonpath={.items[*].name}") == "`{.items[*].name}` is no simple JSONPath");
  CHECK(error("jsonpath={.a[99999999999999999999]}") == "`{.a[99999999999999999999]}` is no simple JSONPath");
  CHECK(error("jsonpath=") == "`` is no simple JSONPath");
}
