#include "stages/kubernetes/cluster/kind.hpp"

#include <algorithm>

#include "dsl/values/line_pattern.hpp"
#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"
#include "stages/kubernetes/cluster/local_tool.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

std::string configuration(const ClusterWish& wish) {
  std::string text = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n";
  for (std::int64_t node = 1; node < wish.nodes; ++node) text += "- role: worker\n";
  return text;
}

/// " • Ensuring node image (kindest/node:v1.37.0) 🖼️  ..."
std::string progress_in(std::string_view line) {
  const std::size_t begin = line.find("• "), end = line.find(" ...");
  if (begin == std::string_view::npos || end == std::string_view::npos) return "";
  std::string text(line.substr(begin + std::string_view("• ").size(), end - begin - std::string_view("• ").size()));
  // A picture ends the words.
  const auto picture = std::find_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  text.erase(picture, text.end());
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

engine::Error kind_failed(const std::string& what, const std::string& printed, const std::string& how, const engine::Environment& environment) {
  if (auto error = container::unreachable(printed, environment)) return *error;
  const std::string said = dsl::last_match(printed, R"(^ERROR: (?:failed to create cluster: )?(.*)$)").value_or("");
  engine::Error error{.message = what + ": " + (said.empty() ? "`kind` ended with " + how : said), .detail = last_lines(printed, 5)};
  const auto says = [&](const char* text) { return printed.find(text) != std::string::npos; };
  if (says("failed to pull image")) error.hint = "can this machine's Docker pull it? `version` chooses another one, and `docker load` brings one by hand";
  if (says("executable file not found")) error.hint = "kind makes nodes of containers: install Docker or Podman";
  if (says("could not find a log line") || says("failed to init node")) error.hint = "the node's own log: `kind export logs`; is there enough memory, and does this machine have cgroup v2?";
  if (says("node(s) already exist")) error.hint = "somebody else is making it: run again when they are done";
  return error;
}

}  // namespace

Kind::Kind(engine::StageContext& context, ClusterWish wish) : context_(context), wish_(std::move(wish)), own_(own_files(context, wish_)) {}

Task<Result<FoundCluster>> Kind::find() {
  std::vector<std::string> question = {"kind", "get", "clusters"};
  Task<Result<ToolAnswer>> asking = ask_tool(context_, std::move(question), own_);
  const Result<ToolAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->exit_code != 0) co_return tl::unexpected(kind_failed("kind does not tell which clusters it has", answer->errors, "exit code " + std::to_string(answer->exit_code), context_.environment()));
  const std::vector<std::string> names = container::lines_of(answer->output);
  FoundCluster found{.is_ours = is_there(context_.world().files, own_.mark())};
  if (std::find(names.begin(), names.end(), wish_.name) == names.end()) co_return found;
  found.standing = Standing::ready;
  std::vector<std::string> look = {"kind", "get", "nodes", "--name", wish_.name};
  Task<Result<ToolAnswer>> looking = ask_tool(context_, std::move(look), own_);
  const Result<ToolAnswer> nodes = co_await looking;
  if (nodes && nodes->exit_code == 0) found.nodes = static_cast<std::int64_t>(container::lines_of(nodes->output).size());
  co_return found;
}

Task<Result<bool>> Kind::make() {
  engine::Files& files = context_.world().files;
  if (auto marked = write_mark(files, own_, wish_); !marked) co_return tl::unexpected(marked.error());
  const std::filesystem::path file = own_.folder / "kind.yaml";
  if (auto written = files.write(file, configuration(wish_)); !written) co_return tl::unexpected(written.error());
  std::vector<std::string> command = {"kind", "create", "cluster", "--name", wish_.name, "--config", file.string(), "--kubeconfig", own_.kubeconfig().string(), "--wait", std::to_string(wish_.timeout.count() / 1000) + "s"};
  if (!wish_.version.empty()) command.insert(command.end(), {"--image", "kindest/node:v" + wish_.version});
  std::function<void(std::string_view)> take = [&context = context_](std::string_view line) {
    if (const std::string progress = progress_in(line); !progress.empty()) context.progress(progress);
  };
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, wish_.timeout, std::move(take));
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  if (!end->is_good) co_return tl::unexpected(kind_failed(title_of(wish_) + " is not made", end->printed, end->how, context_.environment()));
  co_return true;
}

Task<Result<bool>> Kind::give_access() {
  std::vector<std::string> question = {"kind", "get", "kubeconfig", "--name", wish_.name};
  Task<Result<ToolAnswer>> asking = ask_tool(context_, std::move(question), own_);
  const Result<ToolAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->exit_code == 0) {
    if (auto written = write_secret_file(context_.world().files, own_.kubeconfig(), answer->output); !written) co_return tl::unexpected(written.error());
    co_return true;
  }
  engine::Error error = kind_failed("kind gives no kubeconfig for `" + wish_.name + "`", answer->errors, "exit code " + std::to_string(answer->exit_code), context_.environment());
  if (error.hint.empty()) error.hint = "its nodes are stopped, or were never finished: `docker start " + wish_.name + "-control-plane` starts them; a half-made cluster is deleted by `kubernetes.delete_cluster`";
  co_return tl::unexpected(std::move(error));
}

Task<Result<bool>> Kind::remove() {
  std::vector<std::string> command = {"kind", "delete", "cluster", "--name", wish_.name, "--kubeconfig", own_.kubeconfig().string()};
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, wish_.timeout, {});
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  if (!end->is_good) co_return tl::unexpected(kind_failed(title_of(wish_) + " is not deleted", end->printed, end->how, context_.environment()));
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
