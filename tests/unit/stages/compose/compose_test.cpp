#include <doctest/doctest.h>

#include <string>

#include "stages/compose/containers.hpp"
#include "stages/compose/failure.hpp"
#include "stages/compose/project.hpp"
#include "stages/compose/tool.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"

namespace sdlrun::stages::compose {

namespace {

std::string line(const std::string& service, const std::string& state, const std::string& ports = "{}", const std::string& number = "1") {
  return R"({"id":"id-)" + service + number + R"(","name":"/shop-)" + service + "-" + number + R"(","labels":{"com.docker.compose.service":")" + service +
         R"(","com.docker.compose.container-number":")" + number + R"("},"state":)" + state + R"(,"restarts":0,"ports":)" + ports + "}\n";
}

Container container(const std::string& state) { return parse_containers(line("db", state)).at(0); }

engine::Error failed(std::string printed, std::string file = "/p/compose.yaml") {
  return error_of({.shown = "docker compose up", .how = "exit code 1", .printed = std::move(printed), .file = std::move(file), .project = "shop"});
}

}  // namespace

// ---- containers ----------------------------------------------------------------------------------------------------

TEST_CASE("what docker inspect says of containers is read, and what is none is left out") {
  const auto containers = parse_containers("\nnot json\n[]\n" + line("web", R"({"Status":"running","Health":{"Status":"unhealthy","Log":[{"Output":"first"},{"Output":"no\n answer \n"}]}})") +
                                           line("db", R"({"Status":"exited","ExitCode":3,"Error":"no such program"})", R"({"5432/tcp":null,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]})") + "{}\n");
  REQUIRE(containers.size() == 3);
  CHECK(containers[1].service == "db");
  CHECK(containers[1].name == "shop-db-1");
  CHECK(containers[1].exit_code == 3);
  CHECK(containers[1].start_error == "no such program");
  REQUIRE(containers[1].ports.size() == 1);
  CHECK(containers[1].ports[0].port == "8080");
  CHECK(containers[2].health == "unhealthy");
  CHECK(containers[2].last_probe == "answer");
  CHECK(containers[0].state.empty());
}

TEST_CASE("what is wanted of a container") {
  using Is = Standing::Is;
  CHECK(standing_of(container(R"({"Status":"running"})"), Wanted::healthy).is == Is::ready);
  CHECK(standing_of(container(R"({"Status":"running","Health":{"Status":"none"}})"), Wanted::healthy).is == Is::ready);
  CHECK(standing_of(container(R"({"Status":"running","Health":{"Status":"healthy"}})"), Wanted::healthy).is == Is::ready);
  CHECK(standing_of(container(R"({"Status":"running","Health":{"Status":"starting"}})"), Wanted::healthy).is == Is::waiting);
  CHECK(standing_of(container(R"({"Status":"running","Health":{"Status":"starting"}})"), Wanted::started).is == Is::ready);
  CHECK(standing_of(container(R"({"Status":"running","Health":{"Status":"unhealthy"}})"), Wanted::healthy).text == "is unhealthy");
  CHECK(standing_of(container(R"({"Status":"exited","ExitCode":0})"), Wanted::healthy).is == Is::ready);
  CHECK(standing_of(container(R"({"Status":"exited","ExitCode":137})"), Wanted::started).text == "ended with exit code 137");
  CHECK(standing_of(container(R"({"Status":"created"})"), Wanted::started).is == Is::failed);
  CHECK(standing_of(container(R"({"Status":"paused"})"), Wanted::started).text.find("docker unpause shop-db-1") != std::string::npos);
  CHECK(standing_of(container(R"({"Status":"removing"})"), Wanted::started).is == Is::waiting);
  Container restarted = container(R"({"Status":"restarting","ExitCode":1})");
  CHECK(standing_of(restarted, Wanted::started).is == Is::waiting);
  restarted.restarts = 9;
  CHECK(standing_of(restarted, Wanted::started).text == "was restarted 9 times, and ends with exit code 1");
}

TEST_CASE("ports are those of a service's first container, by an address that can be connected to") {
  const auto containers = parse_containers(
      line("web", "{}", R"({"80/tcp":[{"HostIp":"::","HostPort":"1"},{"HostIp":"0.0.0.0","HostPort":"8080"}],"53/udp":[{"HostIp":"192.0.2.1","HostPort":"53"}],"9/tcp":[]})", "2") +
      line("web", "{}", R"({"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8081"}],"81/tcp":[{"HostIp":"::1","HostPort":"8082"}],"82/tcp":[{"HostIp":"","HostPort":"8083"}]})"));
  const std::map<std::string, std::string> expected = {{"web:80", "127.0.0.1:8081"}, {"web:81", "[::1]:8082"}, {"web:82", "engine:8083"}, {"web:53/udp", "192.0.2.1:53"}};
  CHECK(published_ports(containers, "engine") == expected);
}

TEST_CASE("ten containers of a service are in the order of their numbers") {
  std::string lines;
  for (int number = 10; number > 0; --number) lines += line("web", "{}", R"({"80/tcp":[{"HostIp":"127.0.0.1","HostPort":")" + std::to_string(8000 + number) + R"("}]})", std::to_string(number));
  CHECK(published_ports(parse_containers(lines), "x").at("web:80") == "127.0.0.1:8001");
}

// ---- names and versions --------------------------------------------------------------------------------------------

TEST_CASE("a project is called as Compose calls it") {
  for (const char* good : {"shop", "0shop", "my-shop_2"}) CHECK_MESSAGE(is_project_name(good), good);
  for (const char* bad : {"", "Shop", "my shop", "-shop", "_shop", "shöp", "a.b"}) CHECK_MESSAGE(!is_project_name(bad), bad);
  CHECK(name_of_folder("/home/user/My Shop.v2") == "myshopv2");
  CHECK(name_of_folder("/home/user/_shop_") == "shop_");
  CHECK(name_of_folder("/home/user/---") == "");
  CHECK(name_of_folder("/") == "");
}

TEST_CASE("a compose file's own name") {
  CHECK(name_in("name: shop\nservices: {}\n") == "shop");
  CHECK(name_in("{\"services\": {}, \"name\": \"shop\"}") == "shop");
  CHECK(name_in("services: {web: {name: other}}\n").empty());
  CHECK(name_in("name: [a]\n").empty());
  CHECK(name_in("services:\n  web:\n   x: 1\n  - 3\n").empty());
  CHECK(name_in("").empty());
  CHECK(name_in("just a text").empty());
}

TEST_CASE("which Compose it is") {
  CHECK_FALSE(tool_of({"docker", "compose"}, "2.40.3\n").is_v1);
  CHECK(tool_of({"docker", "compose"}, "v2.3.3\n").version == "2.3.3");
  CHECK(tool_of({"docker-compose"}, "1.29.2\n").is_v1);
  CHECK(tool_of({"docker-compose"}, "WARNING: something old\n1.25.0-rc4\n").version == "1.25.0-rc4");
  CHECK(tool_of({"docker-compose"}, "5.0.1").version == "5.0.1");
  CHECK(tool_of({"docker-compose"}, "docker: 'compose' is not a docker command.\n").command.empty());
  CHECK(tool_of({"docker-compose"}, "").command.empty());
}

// ---- failures that no test brings about ----------------------------------------------------------------------------

TEST_CASE("a full disk") {
  const engine::Error error = failed(" Container shop-db-1  Creating\nError response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device\n");
  CHECK(error.message == "service `db` cannot be started: where Docker keeps its data, the disk is full");
  CHECK(error.detail.find("overlay2/x") != std::string::npos);
}

TEST_CASE("a private image of Docker's own registry") {
  const engine::Error error = failed(" db Pulling \n db Error pull access denied for shop/db, repository does not exist or may require 'docker login': denied: requested access to the resource is denied\n");
  CHECK(error.message == "the image of service `db` cannot be pulled: the registry has no such image, or does not give it to us");
  CHECK_FALSE(error.transient);
}

TEST_CASE("what nobody knows is shown as it is") {
  const engine::Error error = failed("one\ntwo\nError response from daemon: the moon is full\n");
  CHECK(error.message == "`docker compose up` ended with exit code 1: the moon is full");
  CHECK(failed("").message == "`docker compose up` ended with exit code 1");
}

TEST_CASE("the last lines only are shown") {
  std::string printed;
  for (int number = 1; number <= 100; ++number) printed += "line " + std::to_string(number) + "\n";
  const std::string detail = failed(printed).detail;
  CHECK(container::lines_of(detail).size() == 12);
  CHECK(container::last_line(detail) == "line 100");
}

TEST_CASE("the service at fault") {
  CHECK(service_at_fault(" Container shop-my-db-1  Starting\nError response from daemon: no\n", "shop") == "my-db");
  CHECK(service_at_fault(" Container own_name  Starting\nno\n", "shop") == "own_name");
  CHECK(service_at_fault("Pulling db (nowhere:5)...\nno such host\n", "shop") == "db");
  CHECK(service_at_fault("ERROR: for web  Cannot start service web: port is already allocated\n", "shop") == "web");
  CHECK(service_at_fault("#1 [internal] load x\n#5 [app 2/2] RUN false\n#5 ERROR: failed running [/bin/sh -c false]: exit code: 1\n", "shop") == "app");
  CHECK(service_at_fault("the moon is full\n", "shop").empty());
}

}  // namespace sdlrun::stages::compose

namespace sdlrun::stages::container {

TEST_CASE("what keeps a client from its engine") {
  const auto message = [](const char* printed, const engine::Environment& environment = {}) {
    const auto error = unreachable(printed, environment);
    return error ? error->message : "";
  };
  CHECK(message("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?") == "the Docker engine at `unix:///var/run/docker.sock` does not answer");
  CHECK(message("failed to connect to the docker API at unix:///run/x.sock; check if the path is correct") == "the Docker engine at `unix:///run/x.sock` does not answer");
  CHECK(message("error during connect: Get \"http://host:2375/v1.41/version\": dial tcp: lookup host: no such host", {{"DOCKER_HOST", "tcp://host:2375"}}) == "the Docker engine at `tcp://host:2375` does not answer");
  CHECK(message("Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get") == "the Docker engine at `unix:///var/run/docker.sock` does not let this user in");
  CHECK(message("Error response from daemon: no such image").empty());
}

TEST_CASE("where published ports of an engine are") {
  CHECK(host_of("unix:///var/run/docker.sock") == "127.0.0.1");
  CHECK(host_of("") == "127.0.0.1");
  CHECK(host_of("tcp://192.0.2.7:2375") == "192.0.2.7");
  CHECK(host_of("tcp://[::1]:2375") == "[::1]");
  CHECK(host_of("ssh://user@host.example/run/docker.sock") == "host.example");
}

TEST_CASE("lines of what a program prints") {
  CHECK(lines_of("a\n\n  b \r\n") == std::vector<std::string>{"a", "b"});
  CHECK(last_line("").empty());
  CHECK(between("for x failed\nfor y failed\n", "for ", " failed") == "y");
  CHECK(between("for x\nfailed", "for ", " failed").empty());
}

}  // namespace sdlrun::stages::container
