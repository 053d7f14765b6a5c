#include "stages/image/load/load_target.hpp"

#include <algorithm>
#include <array>

#include "dsl/values/line_pattern.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::image {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

struct Tool {
  const char* name;  // in an input
  const char* program;
};
constexpr std::array<Tool, 5> tools = {{{"docker", "docker"}, {"podman", "podman"}, {"containerd", "ctr"}, {"minikube", "minikube"}, {"kind", "kind"}}};

const Tool& tool_of(LoadKind kind) { return tools[static_cast<std::size_t>(kind)]; }

constexpr const char* usual_cluster = "kind";

std::string cluster_of(const LoadTarget& target) { return target.cluster.empty() ? usual_cluster : target.cluster; }

std::vector<std::string> with_profile(const LoadTarget& target, std::initializer_list<std::string> words) {
  std::vector<std::string> command = {"minikube"};
  if (!target.cluster.empty()) command.insert(command.end(), {"-p", target.cluster});
  command.insert(command.end(), words);
  return command;
}

/// Docker knows an image by its configuration, or by its manifest where containerd keeps its images.
bool is_id_of(const std::string& id, const Image& image) {
  return id == image.manifest.config.digest || id == digits_of(image.manifest.config.digest) || id == image.digest;
}

Presence presence_by_id(const std::string& id, const Image& image) { return is_id_of(id, image) ? Presence::same : Presence::other; }

/// By the name's line in what `ctr images ls` prints.
Presence presence_in_table(const std::string& table, const std::string& name, const std::string& digest) {
  std::size_t begin = 0;
  while (begin < table.size()) {
    const std::size_t end = std::min(table.find('\n', begin), table.size());
    const std::string line = table.substr(begin, end - begin);
    if (line.starts_with(name + ' ')) return line.find(digest) == std::string::npos ? Presence::other : Presence::same;
    begin = end + 1;
  }
  return Presence::absent;
}

Presence presence_in_minikube(const std::string& output, const std::string& name, const Image& image) {
  const std::size_t begin = output.find('[');
  const json list = begin == std::string::npos ? json() : parsed_json(output.substr(begin));
  if (!list.is_array()) return Presence::unknown;
  for (const json& entry : list) {
    const json tags = list_in(entry, "repoTags");
    if (std::find(tags.begin(), tags.end(), json(name)) != tags.end()) return presence_by_id(text_in(entry, "id"), image);
  }
  return Presence::absent;
}

/// Every node of it has to have the image.
Task<Presence> presence_in_kind(engine::StageContext& context, LoadTarget target, Image image) {
  std::vector<std::string> command = {"kind", "get", "nodes", "--name", cluster_of(target)};
  Task<Result<container::Answer>> looking = container::ask(context, std::move(command));
  const Result<container::Answer> nodes = co_await looking;
  if (!nodes || !nodes->result.success() || nodes->output.empty()) co_return Presence::unknown;
  Presence worst = Presence::same;
  std::string rest = nodes->output;
  while (!rest.empty()) {
    const std::string node = rest.substr(0, rest.find('\n'));
    rest.erase(0, std::min(node.size() + 1, rest.size()));
    std::vector<std::string> question = {"docker", "exec", node, "ctr", "--namespace=k8s.io", "images", "ls", "name==" + target.image};
    Task<Result<container::Answer>> asking = container::ask(context, std::move(question));
    const Result<container::Answer> listed = co_await asking;
    const bool is_told = listed && listed->result.success();
    worst = std::min(worst, is_told ? presence_in_table(listed->output, target.image, image.digest) : Presence::unknown);
    if (worst < Presence::same) co_return worst;
  }
  co_return worst;
}

std::vector<std::string> question_of(const LoadTarget& target) {
  switch (target.kind) {
    case LoadKind::docker:
    case LoadKind::podman:
      return {target.program(), "image", "inspect", "--format", "{{.Id}}", target.image};
    case LoadKind::containerd:
      return {"ctr", "--namespace", target.name_space, "images", "ls", "name==" + target.image};
    case LoadKind::minikube:
      return with_profile(target, {"image", "ls", "--format", "json"});
    case LoadKind::kind:
      break;
  }
  return {};
}

}  // namespace

std::string LoadTarget::title() const {
  if (kind == LoadKind::kind) return "kind's cluster `" + cluster_of(*this) + "`";
  if (kind == LoadKind::minikube && !cluster.empty()) return "minikube's profile `" + cluster + "`";
  if (kind == LoadKind::containerd) return "containerd's namespace `" + name_space + "`";
  return container::title_of(program());
}

std::string LoadTarget::program() const { return tool_of(kind).program; }

std::vector<std::string> LoadTarget::load_command(const std::string& archive) const {
  switch (kind) {
    case LoadKind::docker:
    case LoadKind::podman:
      return {program(), "load", "--input", archive};
    case LoadKind::containerd:
      return {"ctr", "--namespace", name_space, "images", "import", archive};
    case LoadKind::minikube:
      return with_profile(*this, {"image", "load", archive});
    case LoadKind::kind:
      break;
  }
  return {"kind", "load", "image-archive", archive, "--name", cluster_of(*this)};
}

LoadTarget load_target(const engine::StageInputs& inputs, std::string image) {
  const std::string wanted = inputs.text("into");
  const auto tool = std::find_if(tools.begin(), tools.end(), [&](const Tool& one) { return one.name == wanted; });
  return {.kind = static_cast<LoadKind>(tool - tools.begin()),
          .cluster = inputs.has("cluster") ? inputs.text("cluster") : "",
          .name_space = inputs.text("namespace"),
          .image = std::move(image)};
}

Task<Presence> presence_of(engine::StageContext& context, LoadTarget target, Image image) {
  if (target.kind == LoadKind::kind) {
    Task<Presence> asking = presence_in_kind(context, std::move(target), std::move(image));
    co_return co_await asking;
  }
  std::vector<std::string> question = question_of(target);
  Task<Result<container::Answer>> asking = container::ask(context, std::move(question));
  const Result<container::Answer> answer = co_await asking;
  if (!answer) co_return Presence::unknown;
  if (target.kind == LoadKind::docker || target.kind == LoadKind::podman) {
    if (answer->result.success()) co_return presence_by_id(container::last_line(answer->output), image);
    const bool is_absent = answer->errors.find("No such image") != std::string::npos || answer->errors.find("image not known") != std::string::npos;
    co_return is_absent ? Presence::absent : Presence::unknown;
  }
  if (!answer->result.success()) co_return Presence::unknown;
  if (target.kind == LoadKind::containerd) co_return presence_in_table(answer->output, target.image, image.digest);
  co_return presence_in_minikube(answer->output, target.image, image);
}

engine::Error load_failed(const LoadTarget& target, const engine::Environment& environment, const std::string& how_it_ended, const std::string& said) {
  // Advice may stand behind what went wrong.
  const std::string words = dsl::last_match(said, R"(^(.*(?:ERROR|rror:|not found|Exiting due to|not running).*)$)").value_or(container::last_line(said));
  if (auto error = container::unreachable(said, environment); error && target.kind == LoadKind::docker) return *error;
  engine::Error error{.message = target.title() + " does not take the image: " + (words.empty() ? "`" + target.program() + "` ended with " + how_it_ended : words), .hint = "its log shows what `" + target.program() + "` printed"};
  const auto has = [&](const char* text) { return said.find(text) != std::string::npos; };
  if (has("no space left on device")) error.hint = "make room where it keeps its images";
  if (has("no nodes found for cluster")) error.hint = "`kind get clusters` shows those that there are; `cluster` names one";
  if (has("not found. Run \"minikube profile list\"")) error.hint = "`minikube profile list` shows those that there are; `cluster` names one";
  if (has("host is not running") || has("apiserver is not running")) error.hint = "start it: `minikube start`";
  if (target.kind == LoadKind::containerd && (has("no such file or directory") || has("connection refused") || has("failed to dial"))) {
    error.message = "containerd does not answer: " + words;
    error.hint = "start it, or name its socket with CONTAINERD_ADDRESS";
  }
  if (target.kind == LoadKind::containerd && has("permission denied")) error.hint = "its socket is root's: run sdlrun as root, or give the socket to a group of yours";
  return error;
}

}  // namespace sdlrun::stages::image
