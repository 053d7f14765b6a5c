#include <doctest/doctest.h>

#include "stages/kubernetes/api/google_token.hpp"
#include "stages/kubernetes/api/kubeconfig.hpp"
#include "stages/kubernetes/cluster/machine_price.hpp"
#include "stages/kubernetes/cluster/minikube.hpp"
#include "stages/kubernetes/cluster/wish.hpp"
#include "stages/spark/kubernetes/fit.hpp"

namespace sdlrun::stages {

using namespace kubernetes;

TEST_CASE("clusters are called as all providers let them be called") {
  CHECK(default_name("imdb") == "sdlrun-imdb");
  CHECK(default_name("My_Pipeline") == "sdlrun-my-pipeline");
  CHECK(default_name("a_very_long_name_of_a_pipeline_that_goes_on") == "sdlrun-a-very-long-name-of-a-pipeline-th");
  CHECK(default_name("ends_") == "sdlrun-ends");
}

TEST_CASE("the price of a machine follows from its family, shape and processors") {
  // What Google's page tells for an hour in us-central1.
  CHECK(machine_price("e2-standard-2").value_or(0) == doctest::Approx(0.06701).epsilon(0.001));
  CHECK(machine_price("e2-standard-4").value_or(0) == doctest::Approx(0.13402).epsilon(0.001));
  CHECK(machine_price("e2-medium").value_or(0) == doctest::Approx(0.03351).epsilon(0.001));
  CHECK(machine_price("n2-standard-2").value_or(0) == doctest::Approx(0.09712).epsilon(0.001));
  CHECK(machine_price("n2d-standard-2").value_or(0) == doctest::Approx(0.08449).epsilon(0.001));
  for (const char* machine : {"", "e2", "e2-standard-", "e2-standard-x", "e2-standard-4-lssd", "c4-standard-4", "e2-standard--2", "e2-standard-0"}) CHECK_FALSE(machine_price(machine));
  CHECK(monthly(0.10) == "about $73 a month");
}

TEST_CASE("events of minikube are told as progress, warnings and errors") {
  CHECK(minikube_event(R"({"type":"io.k8s.sigs.minikube.step","data":{"currentstep":"8","message":"x","name":"Creating VM","totalsteps":"19"}})").progress == "Creating VM (8 of 19)");
  CHECK(minikube_event(R"({"type":"io.k8s.sigs.minikube.download.progress","data":{"artifact":"preload.tar.lz4","progress":"0.5"}})").progress == "fetching preload.tar.lz4, 0.5");
  CHECK(minikube_event(R"({"type":"io.k8s.sigs.minikube.warning","data":{"message":"old\n"}})").warning == "old");
  const MinikubeEvent error = minikube_event(R"({"type":"io.k8s.sigs.minikube.error","data":{"message":"my error","advice":"fix me!","name":"BUG","exitcode":"4"}})");
  CHECK(error.error == "my error");
  CHECK(error.advice == "fix me!");
  CHECK(error.error_name == "BUG");
  for (const char* line : {"", "* minikube v1.39.0", "{}", "[1]"}) CHECK(minikube_event(line).progress.empty());
}

TEST_CASE("a kubeconfig of ours names the secret of the next token") {
  const auto context = [](const std::string& extension) {
    return context_in({{"kubeconfig", "{clusters: [{name: c, cluster: {server: 'https://1.2.3.4'}}], contexts: [{name: c, context: {cluster: c, user: c}}], current-context: c, users: [{name: c, user: {tokenFile: t" + extension + "}}]}"}}, "");
  };
  const auto ours = context(", extensions: [{name: other, extension: {}}, {name: sdlrun-google-key, extension: {secret: key, environment: GKE_KEY}}]");
  REQUIRE(ours);
  REQUIRE(ours->google_key);
  CHECK(ours->google_key->name == "key");
  CHECK(ours->google_key->environment == "GKE_KEY");
  CHECK(ours->google_key->file.empty());
  CHECK_FALSE(context("")->google_key);
}

TEST_CASE("a key of a service account is its whole file") {
  CHECK_FALSE(service_account_key("no JSON"));
  CHECK_FALSE(service_account_key(R"({"type":"authorized_user","client_email":"a@b","private_key":"x"})"));
  const auto key = service_account_key(R"({"type":"service_account","client_email":"a@b","private_key":"x"})");
  REQUIRE(key);
  CHECK(key->token_uri == "https://oauth2.googleapis.com/token");
  CHECK_FALSE(signed_assertion(*key, 0));
}

TEST_CASE("a job fits where each of its Pods finds a node") {
  constexpr double gibibyte = 1 << 30;
  const spark::WantedRoom wanted{.driver = gibibyte, .executor = 2 * gibibyte, .executors = 2};
  CHECK(spark::misfit(wanted, {5 * gibibyte}).empty());
  CHECK(spark::misfit(wanted, {2 * gibibyte, 1 * gibibyte, 2 * gibibyte}).empty());
  // Five in all, and not where they are wanted.
  CHECK(spark::misfit(wanted, {1 * gibibyte, 1 * gibibyte, 3 * gibibyte}).find("1 of 2 executors find room") != std::string::npos);
  CHECK(spark::misfit(wanted, {}).find("not even the driver") != std::string::npos);
}

}  // namespace sdlrun::stages
