#include "stages/compose/containers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::compose {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// What we want to know, and no more: environments hold secrets.
constexpr const char* format =
    R"({"id":{{json .Id}},"name":{{json .Name}},"labels":{{json .Config.Labels}},"state":{{json .State}},"restarts":{{.RestartCount}},"ports":{{json .NetworkSettings.Ports}}})";

/// The engine waits twice as long before each restart, from 0.1 s: this many take most of a minute.
constexpr int restarts_believed = 9;

int number_in(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

json member(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() ? *found : json();
}

int number_of(const std::string& text) {
  const bool is_number = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::stoi(text) : 1;
}

std::vector<Publication> publications(const json& ports) {
  std::vector<Publication> found;
  if (!ports.is_object()) return found;
  for (const auto& [container_port, bindings] : ports.items()) {
    if (!bindings.is_array()) continue;
    for (const json& binding : bindings) found.push_back({container_port, text_in(binding, "HostIp"), text_in(binding, "HostPort")});
  }
  return found;
}

std::optional<Container> container_of(const std::string& line) {
  const json all = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!all.is_object()) return std::nullopt;
  const json labels = member(all, "labels"), state = member(all, "state"), health = member(state, "Health"), probes = member(health, "Log");
  Container container{.id = text_in(all, "id"),
                      .name = text_in(all, "name"),
                      .service = text_in(labels, "com.docker.compose.service"),
                      .number = number_of(text_in(labels, "com.docker.compose.container-number")),
                      .state = text_in(state, "Status"),
                      .exit_code = number_in(state, "ExitCode"),
                      .start_error = text_in(state, "Error"),
                      .health = text_in(health, "Status"),
                      .last_probe = probes.is_array() && !probes.empty() ? container::last_line(text_in(probes.back(), "Output")) : "",
                      .restarts = number_in(all, "restarts"),
                      .ports = publications(member(all, "ports"))};
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  if (container.health == "none") container.health.clear();
  return container;
}

std::string ended_with(const Container& container) { return "exit code " + std::to_string(container.exit_code); }

Standing standing_of_running(const Container& container, Wanted wanted) {
  if (wanted == Wanted::started || container.health.empty() || container.health == "healthy") return {};
  if (container.health != "unhealthy") return {Standing::Is::waiting, "is " + container.health};
  return {Standing::Is::failed, "is unhealthy" + (container.last_probe.empty() ? "" : ": its last check says `" + container.last_probe + "`")};
}

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

std::string shown_address(const Publication& publication, const std::string& host) {
  const bool is_all = publication.address.empty() || publication.address == "0.0.0.0" || publication.address == "::";
  const std::string address = is_all ? host : is_ipv6(publication.address) ? "[" + publication.address + "]" : publication.address;
  return address + ":" + publication.port;
}

std::string port_name(const Container& container, std::string container_port) {
  constexpr std::string_view usual = "/tcp";
  if (container_port.ends_with(usual)) container_port.resize(container_port.size() - usual.size());
  return container.service + ":" + container_port;
}

}  // namespace

Task<Result<std::vector<Container>>> containers_of(engine::StageContext& context, std::string project) {
  std::vector<std::string> list = {"ps", "--all", "--quiet", "--no-trunc", "--filter", "label=com.docker.compose.project=" + project, "--filter", "label=com.docker.compose.oneoff=False"};
  Task<Result<std::string>> listing = container::ask_docker(context, std::move(list));
  const Result<std::string> ids = co_await listing;
  if (!ids) co_return tl::unexpected(ids.error());
  std::vector<std::string> inspect = {"docker", "container", "inspect", "--format", format};
  const std::vector<std::string> found = container::lines_of(*ids);
  if (found.empty()) co_return std::vector<Container>{};
  inspect.insert(inspect.end(), found.begin(), found.end());
  Task<Result<container::Answer>> inspecting = container::ask(context, std::move(inspect));
  const Result<container::Answer> answer = co_await inspecting;
  if (!answer) co_return tl::unexpected(answer.error());
  // One that has just been removed is told as an error, and the others all the same.
  const bool is_gone = answer->errors.find("No such container") != std::string::npos;
  if (!answer->result.success() && !is_gone) co_return engine::failure("`docker container inspect` ended with " + describe(answer->result) + ": " + container::last_line(answer->errors));
  co_return parse_containers(answer->output);
}

std::vector<Container> parse_containers(std::string_view lines) {
  std::vector<Container> containers;
  for (const std::string& line : container::lines_of(lines)) {
    if (auto container = container_of(line)) containers.push_back(std::move(*container));
  }
  std::sort(containers.begin(), containers.end(), [](const Container& left, const Container& right) { return std::tie(left.service, left.number, left.id) < std::tie(right.service, right.number, right.id); });
  return containers;
}

Standing standing_of(const Container& container, Wanted wanted) {
  if (container.state == "running") return standing_of_running(container, wanted);
  if (container.state == "exited" || container.state == "dead") {
    if (container.exit_code == 0) return {};  // it had something to do, and has done it
    return {Standing::Is::failed, "ended with " + ended_with(container)};
  }
  if (container.state == "paused") return {Standing::Is::failed, "is paused (`docker unpause " + container.name + "`)"};
  if (container.state == "created") return {Standing::Is::failed, "was not started"};
  if (container.state == "restarting" && container.restarts >= restarts_believed) {
    return {Standing::Is::failed, "was restarted " + std::to_string(container.restarts) + " times, and ends with " + ended_with(container)};
  }
  return {Standing::Is::waiting, "is " + container.state};
}

std::map<std::string, std::string> published_ports(const std::vector<Container>& containers, const std::string& host) {
  std::map<std::string, std::string> ports;
  for (const Container& container : containers) {
    for (const bool takes_ipv6 : {false, true}) {
      for (const Publication& publication : container.ports) {
        if (is_ipv6(publication.address) == takes_ipv6 && !publication.port.empty()) ports.emplace(port_name(container, publication.container_port), shown_address(publication, host));
      }
    }
  }
  return ports;
}

}  // namespace sdlrun::stages::compose
