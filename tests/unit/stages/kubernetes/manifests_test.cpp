// Files of manifests, read as kubectl reads them.
#include "stages/kubernetes/manifests/manifests.hpp"

#include <doctest/doctest.h>

#include "stages/kubernetes/manifests/yaml_json.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::kubernetes;
using nlohmann::json;

namespace {

json value_of(const std::string& yaml) {
  const auto documents = yaml_documents(yaml, "`a.yaml`");
  REQUIRE_MESSAGE(documents.has_value(), (documents ? "" : documents.error().message));
  REQUIRE(documents->size() == 1);
  return documents->front().value;
}

std::string manifest_error(const std::string& yaml) {
  const auto found = manifests_in(yaml, "`a.yaml`");
  return found ? "none" : found.error().message;
}

}  // namespace

TEST_CASE("values of YAML are what kubectl makes of them") {
  CHECK(value_of("mode: 0644") == json{{"mode", 420}});
  CHECK(value_of("mode: 0o644") == json{{"mode", 420}});
  CHECK(value_of("a: 0x1F") == json{{"a", 31}});
  CHECK(value_of("a: -7") == json{{"a", -7}});
  CHECK(value_of("a: 1.5") == json{{"a", 1.5}});
  CHECK(value_of("a: 1.5.0") == json{{"a", "1.5.0"}});
  CHECK(value_of("a: 18446744073709551615") == json{{"a", 18446744073709551615ULL}});
  CHECK(value_of("a: 089") == json{{"a", 89.0}});
  CHECK(value_of("a: '0644'") == json{{"a", "0644"}});
  CHECK(value_of("a: \"true\"") == json{{"a", "true"}});
  CHECK(value_of("a: yes") == json{{"a", true}});
  CHECK(value_of("a: off") == json{{"a", false}});
  CHECK(value_of("a: y") == json{{"a", "y"}});
  CHECK(value_of("a: ~") == json{{"a", nullptr}});
  CHECK(value_of("a:") == json{{"a", nullptr}});
  CHECK(value_of("a: 2026-11-29") == json{{"a", "2026-11-29"}});
  CHECK(value_of("a: 500m") == json{{"a", "500m"}});
  CHECK(value_of("a: .") == json{{"a", "."}});
  CHECK(value_of("a: 1e3") == json{{"a", 1000.0}});
}

TEST_CASE("anchors and merged keys are followed, and the object's own win") {
  CHECK(value_of("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}") == json{{"x", {{"a", 1}, {"b", 2}}}, {"y", {{"a", 1}, {"b", 3}}}});
}

TEST_CASE("a key that is there twice, aliases without end, and broken text are errors with their line") {
  CHECK(manifest_error("a: 1\nb: 2\na: 3") == "`a.yaml` cannot be taken: line 3: `a` is there twice");
  CHECK(manifest_error("a: [1,") == "`a.yaml` is no YAML: line 1: end of sequence flow not found");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 9; ++level) {
    const std::string last = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + last;
    for (int i = 1; i < 10; ++i) bomb += ", " + last;
    bomb += "]\n";
  }
  CHECK(manifest_error(bomb).find("it nests too deep, or has too many values") != std::string::npos);
}

TEST_CASE("documents and lists are taken apart, and what the API server writes is left out") {
  const auto found = manifests_in("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n, uid: u, resourceVersion: '7'}\nstatus: {phase: Active}\n---\n\n---\n"
                                  "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n- {apiVersion: v1, kind: Secret, metadata: {name: s}}\n",
                                  "`a.yaml`");
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 3);
  CHECK(found->at(0).object == json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}});
  CHECK(found->at(2).object["kind"] == "Secret");
  CHECK(found->at(1).place == "`a.yaml`, line 9");
}

TEST_CASE("an object without what makes it one is an error that names its place") {
  CHECK(manifest_error("just a text") == "`a.yaml`, line 1: this is no object of Kubernetes");
  CHECK(manifest_error("kind: Pod") == "`a.yaml`, line 1: the object has no `apiVersion`");
  CHECK(manifest_error("apiVersion: v1") == "`a.yaml`, line 1: the object has no `kind`");
  CHECK(manifest_error("apiVersion: v1\nkind: Pod\nmetadata: {generateName: p-}") == "`a.yaml`, line 1: the Pod has no name");
}

TEST_CASE("a Secret's texts become its data, whose owner the API server tells") {
  const auto found = manifests_in("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: old}\ndata: {user: bWU=}", "`a.yaml`");
  REQUIRE(found.has_value());
  CHECK(found->front().object["data"] == json{{"password", "b2xk"}, {"user", "bWU="}});
  CHECK_FALSE(found->front().object.contains("stringData"));
}
