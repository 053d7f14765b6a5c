#include "stages/compose/failure.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "stages/container/printed.hpp"

namespace sdlrun::stages::compose {

using container::between;
using container::last_line;
using container::lines_of;
using engine::Error;

namespace {

constexpr std::size_t lines_shown = 12;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// What stands behind the last `begin`, to the end of its line.
std::string after(std::string_view text, std::string_view begin) {
  std::string found;
  for (const std::string& line : lines_of(text)) {
    if (const std::size_t from = line.rfind(begin); from != std::string::npos) found = line.substr(from + begin.size());
  }
  return found;
}

std::string last_lines(std::string_view text) {
  const std::vector<std::string> lines = lines_of(text);
  std::string shown;
  for (std::size_t line = lines.size() - std::min(lines.size(), lines_shown); line < lines.size(); ++line) shown += (shown.empty() ? "" : "\n") + lines[line];
  return shown;
}

/// The reason without the words that engine and Compose put before it.
std::string reason_in(std::string_view printed) {
  std::vector<std::string> lines = lines_of(printed);
  if (!lines.empty() && lines.back() == "Encountered errors while bringing up the project.") lines.pop_back();
  std::string line = lines.empty() ? "" : lines.back();
  for (const std::string_view begin : {"Error response from daemon: ", "ERROR: "}) {
    if (line.starts_with(begin)) line.erase(0, begin.size());
  }
  return line;
}

/// One that gives an error where the lines are about what it knows.
using Reading = std::optional<Error> (*)(const FailedRun& run, const std::string& service);

std::string of_service(const std::string& service) { return service.empty() ? "a service" : "service `" + service + "`"; }

std::optional<Error> missing_variable(const FailedRun& run, const std::string&) {
  const std::string name = between(run.printed, "required variable ", " is missing a value");
  const bool is_v1 = contains(run.printed, "Missing mandatory value for");
  if (name.empty() && !is_v1) return std::nullopt;
  const std::string what = is_v1 ? after(run.printed, "\": ") : after(run.printed, "is missing a value: ");
  return Error{.message = "`" + run.file + "` wants " + (name.empty() ? "a variable" : "the variable `" + name + "`") + ", which is not set" + (what.empty() ? "" : ": " + what),
               .hint = "set it by `with { env = { \"" + (name.empty() ? "NAME" : name) + "\": … } }`, or in a file `.env` beside it; the variables of your shell are not handed on"};
}

std::optional<Error> port_taken(const FailedRun& run, const std::string& service) {
  const bool is_program = contains(run.printed, "address already in use");
  if (!is_program && !contains(run.printed, "port is already allocated")) return std::nullopt;
  std::string address = between(run.printed, "Bind for ", " failed");
  for (const std::string_view listen : {"listen tcp4 ", "listen tcp ", "listen udp4 ", "listen udp "}) {
    if (address.empty()) address = between(run.printed, listen, ": bind");
  }
  return Error{.message = of_service(service) + " cannot have the port " + (address.empty() ? "that it publishes" : "`" + address + "`") + ": " + (is_program ? "a program listens there" : "another container has it"),
               .hint = std::string(is_program ? "`ss -ltnp` shows which program" : "`docker ps` shows which container") + "; stop it, or publish another port in the compose file"};
}

std::optional<Error> name_taken(const FailedRun& run, const std::string& service) {
  const std::string name = between(run.printed, "The container name \"/", "\" is already in use");
  if (name.empty()) return std::nullopt;
  return Error{.message = of_service(service) + " cannot have the container name `" + name + "`: another container has it", .hint = "`docker rm -f " + name + "` removes that one, if nobody needs it"};
}

std::optional<Error> no_space(const FailedRun& run, const std::string& service) {
  if (!contains(run.printed, "no space left on device")) return std::nullopt;
  return Error{.message = of_service(service) + " cannot be started: where Docker keeps its data, the disk is full",
               .hint = "`docker system df` shows what takes it, and `docker system prune` removes what nothing uses"};
}

std::optional<Error> not_pulled(const FailedRun& run, const std::string& service) {
  const std::string image = between(run.printed, "Pulling " + service + " (", ")...");
  const bool is_pull = !image.empty() || contains(run.printed, service + " Error") || contains(run.printed, "pull access denied") || contains(run.printed, "manifest unknown");
  if (!is_pull) return std::nullopt;
  const std::string what = "the image " + (image.empty() ? "" : "`" + image + "` ") + "of " + of_service(service) + " cannot be pulled";
  const auto says_one_of = [&](const auto&... texts) { return (contains(run.printed, texts) || ...); };
  if (says_one_of("pull access denied", "unauthorized", "no basic auth credentials", "denied: ")) {
    return Error{.message = what + ": the registry has no such image, or does not give it to us", .hint = "is its name right? if it is a private one, `docker login` comes first"};
  }
  if (says_one_of("manifest unknown", "not found: manifest", "repository name not known", "manifest for ")) {
    return Error{.message = what + ": the registry has no such image", .hint = "is its name right, and its tag?"};
  }
  if (says_one_of("no such host", "dial tcp", "i/o timeout", "Client.Timeout", "TLS handshake", "connection refused", "connection reset")) {
    return Error{.message = what + ": the registry does not answer (" + reason_in(run.printed) + ")", .hint = "is there a network? an image that the engine has already (`docker images`) is not pulled", .transient = true};
  }
  return Error{.message = what + ": " + reason_in(run.printed)};
}

std::optional<Error> not_built(const FailedRun& run, const std::string& service) {
  if (!contains(run.printed, "failed to build") && !contains(run.printed, "failed to solve")) return std::nullopt;
  return Error{.message = "the image of " + of_service(service) + " could not be built", .hint = "the last lines of the build are below; its log has them all"};
}

std::optional<Error> not_started(const FailedRun& run, const std::string& service) {
  if (const std::string program = between(run.printed, "exec: \"", "\": "); !program.empty() && contains(run.printed, "unable to start container process")) {
    return Error{.message = of_service(service) + " cannot be started: there is no program `" + program + "` in its image that can be run", .hint = "look at `command` and `entrypoint` of the service"};
  }
  if (const std::string path = after(run.printed, "bind source path does not exist: "); !path.empty()) {
    return Error{.message = of_service(service) + " cannot be started: there is no `" + path + "` to be mounted", .hint = "make it, or mend `volumes` of the service"};
  }
  return std::nullopt;
}

std::optional<Error> missing_thing(const FailedRun& run, const std::string&) {
  std::string file = between(run.printed, "env file ", " not found");
  if (file.empty()) file = after(run.printed, "Couldn't find env file: ");
  if (!file.empty()) return Error{.message = "`" + run.file + "` names the `env_file` `" + file + "`, which is not there", .hint = "make it, or take it out"};
  if (contains(run.printed, "declared as external, but could not be found")) {
    return Error{.message = "`" + run.file + "` uses what is to be there already, and is not: " + reason_in(run.printed), .hint = "`docker network create` or `docker volume create` makes it; without `external: true` Compose does"};
  }
  for (const std::string_view begin : {"No such service: ", "no such service: "}) {
    if (const std::string name = after(run.printed, begin); !name.empty()) return Error{.message = "`" + run.file + "` has no service `" + name + "`", .hint = "`services` takes names of services of the compose file"};
  }
  return std::nullopt;
}

std::optional<Error> invalid_file(const FailedRun& run, const std::string&) {
  constexpr std::array signs = {"is invalid because:", "yaml.parser.", "yaml.scanner.", "failed to parse ", "validating ", "invalid compose project", "yaml: "};
  if (std::none_of(signs.begin(), signs.end(), [&](std::string_view sign) { return contains(run.printed, sign); })) return std::nullopt;
  if (contains(run.printed, "'name' does not match")) {
    return Error{.message = "Compose v1 knows no `name` in a compose file, and `" + run.file + "` has one", .hint = "take it out and say `project`, or install Compose v2"};
  }
  std::string reason = reason_in(run.printed);
  for (const std::string_view begin : {"validating " + run.file + ": ", "failed to parse " + run.file + ": "}) {
    if (contains(run.printed, begin)) reason = after(run.printed, begin);
  }
  const std::vector<std::string> lines = lines_of(run.printed);
  const auto because = std::find_if(lines.begin(), lines.end(), [](const std::string& line) { return line.ends_with("is invalid because:"); });
  if (because != lines.end() && because + 1 != lines.end()) reason = *(because + 1);
  return Error{.message = "Compose does not understand `" + run.file + "`: " + reason, .hint = "mend it there"};
}

constexpr std::array<Reading, 9> readings = {missing_variable, port_taken, name_taken, no_space, not_built, not_started, missing_thing, invalid_file, not_pulled};

/// " Container shop-web-1  Starting" of v2; a container with a name of its own keeps it.
std::string service_of_container(std::string name, const std::string& project) {
  if (!name.starts_with(project + "-")) return name;
  name.erase(0, project.size() + 1);
  const std::size_t dash = name.rfind('-');
  const bool has_number = dash != std::string::npos && dash + 1 < name.size() && name.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  return has_number ? name.substr(0, dash) : name;
}

std::string service_in(const std::string& line, const std::string& project) {
  if (line.starts_with("Pulling ")) return line.substr(8, line.find(' ', 8) - 8);
  if (line.starts_with("Container ")) return service_of_container(line.substr(10, line.find(' ', 10) - 10), project);
  const std::size_t space = line.find(' ');
  if (space != std::string::npos && (line.substr(space).starts_with(" Error") || line.substr(space).starts_with(" Pulling"))) return line.substr(0, space);
  for (const auto& [begin, end] : std::vector<std::pair<std::string, std::string>>{{"start service ", ":"}, {"container for service ", ":"}, {"Service '", "'"}, {"service \"", "\""}, {"services.", "."}}) {
    if (std::string name = between(line, begin, end); !name.empty()) return name;
  }
  // #7 [web 2/3] RUN …
  const std::size_t bracket = line.starts_with('#') ? line.find(" [") : std::string::npos;
  if (bracket == std::string::npos || line.find_first_not_of("0123456789", 1) != bracket) return "";
  const std::string step = line.substr(bracket + 2, line.find(']') - bracket - 2);
  return step.substr(0, step.find(' ') == std::string::npos ? 0 : step.find(' '));
}

}  // namespace

std::string service_at_fault(std::string_view printed, const std::string& project) {
  const std::vector<std::string> lines = lines_of(printed);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (std::string service = service_in(*line, project); !service.empty()) return service;
  }
  return "";
}

Error error_of(const FailedRun& run) {
  const std::string service = run.service.empty() ? service_at_fault(run.printed, run.project) : run.service;
  for (const Reading reading : readings) {
    if (auto error = reading(run, service)) {
      error->detail = last_lines(run.printed);
      return *error;
    }
  }
  const std::string reason = reason_in(run.printed);
  return Error{.message = "`" + run.shown + "` ended with " + run.how + (reason.empty() ? "" : ": " + reason), .hint = "its log shows all that it printed", .detail = last_lines(run.printed)};
}

}  // namespace sdlrun::stages::compose
