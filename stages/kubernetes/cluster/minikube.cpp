#include "stages/kubernetes/cluster/minikube.hpp"

#include <mutex>

#include "stages/container/printed.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/cluster/local_tool.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* resolver_file = "/run/systemd/resolve/resolv.conf";
constexpr engine::Milliseconds short_wait{120'000};

/// Programs may print other lines before it.
json json_in(const std::string& output) {
  const std::size_t begin = output.find_first_of("{[");
  return begin == std::string::npos ? json() : parsed_json(std::string_view(output).substr(begin));
}

const json* named(const json& profiles, const std::string& name) {
  for (const json& profile : profiles) {
    if (text_in(profile, "Name") == name) return &profile;
  }
  return nullptr;
}

/// A cluster of one node is an object, one of several a list; the control plane's is the one that has an API server.
json control_plane_in(const json& status) {
  if (!status.is_array()) return status;
  for (const json& node : status) {
    if (value_at(node, {"Worker"}) != true) return node;
  }
  return json();
}

/// What the events of a start have told so far; lines come from another thread.
struct Told {
  std::mutex mutex;
  MinikubeEvent last_error;   // guarded by `mutex`
  std::vector<std::string> warnings;  // guarded by `mutex`
};

engine::Error start_failed(const ClusterWish& wish, const MinikubeEvent& error, const ToolEnd& end) {
  const std::string said = error.error.empty() ? container::last_line(end.printed) : error.error;
  engine::Error failure{.message = title_of(wish) + " does not start: " + (said.empty() ? "`minikube` ended with " + end.how : said), .hint = error.advice, .detail = error.error.empty() ? last_lines(end.printed, 5) : ""};
  const auto says = [&](const char* text) { return (error.error_name + ' ' + said).find(text) != std::string::npos; };
  if (says("DRV_AS_ROOT") || says("should not be used with root privileges")) failure.hint = "run sdlrun as another user, or give a `driver` that is for root, such as \"none\"";
  if (says("RSRC_INSUFFICIENT")) failure.hint = "ask for less with `memory` and `cpus`, or give minikube's driver more";
  if (says("PROVIDER_") && failure.hint.empty()) failure.hint = "is the `driver` installed and running? https://minikube.sigs.k8s.io/docs/drivers";
  if (failure.hint.empty()) failure.hint = "`minikube logs -p " + wish.name + "` shows more; a cluster that is half made is taken up by the next run";
  return failure;
}

}  // namespace

MinikubeEvent minikube_event(std::string_view line) {
  const json event = parsed_json(line);
  const std::string type = text_in(event, "type");
  const json data = object_in(event, "data");
  std::string message = text_in(data, "message");
  while (message.ends_with('\n') || message.ends_with(' ')) message.pop_back();
  if (type == "io.k8s.sigs.minikube.step") {
    const std::string name = text_in(data, "name"), current = text_in(data, "currentstep"), total = text_in(data, "totalsteps");
    return {.progress = name.empty() ? message : name + (current.empty() ? "" : " (" + current + " of " + total + ")")};
  }
  if (type == "io.k8s.sigs.minikube.download.progress") return {.progress = "fetching " + text_in(data, "artifact") + ", " + text_in(data, "progress")};
  if (type == "io.k8s.sigs.minikube.warning") return {.warning = message};
  if (type == "io.k8s.sigs.minikube.error") return {.error = message, .advice = text_in(data, "advice"), .error_name = text_in(data, "name")};
  return {};
}

bool has_resolver_stub(engine::Files& files) {
  const auto servers = files.read("/etc/resolv.conf");
  return servers && servers->find("127.0.0.53") != std::string::npos && is_there(files, resolver_file);
}

Minikube::Minikube(engine::StageContext& context, ClusterWish wish) : context_(context), wish_(std::move(wish)), own_(own_files(context, wish_)) {}

Task<Result<FoundCluster>> Minikube::find() {
  std::vector<std::string> question = {"minikube", "profile", "list", "--output", "json", "--light"};
  Task<Result<ToolAnswer>> asking = ask_tool(context_, std::move(question), own_);
  const Result<ToolAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  const json profiles = json_in(answer->output);
  if (!profiles.is_object() || !profiles.contains("valid")) co_return engine::failure("minikube does not tell which clusters it has: " + container::last_line(answer->output + answer->errors), "`minikube profile list` shows them");
  FoundCluster found{.is_ours = is_there(context_.world().files, own_.mark())};
  if (named(list_in(profiles, "invalid"), wish_.name) != nullptr) {
    found.standing = Standing::broken;
    found.detail = "minikube calls its profile invalid";
    co_return found;
  }
  const json valid = list_in(profiles, "valid");
  const json* profile = named(valid, wish_.name);
  if (profile == nullptr) co_return found;
  found.nodes = static_cast<std::int64_t>(list_in(object_in(*profile, "Config"), "Nodes").size());
  const std::int64_t memory = integer_at(*profile, {"Config", "Memory"}), cpus = integer_at(*profile, {"Config", "CPUs"});
  const bool is_other = (wish_.memory && memory > 0 && memory != minikube_mebibytes(wish_)) || (wish_.asks_cpus && cpus > 0 && cpus != wish_.cpus);
  other_size_ = is_other && wish_.driver != "none" ? std::to_string(memory) + "MiB and " + std::to_string(cpus) + " processors" : "";
  std::vector<std::string> look = {"minikube", "status", "--profile", wish_.name, "--output", "json"};
  Task<Result<ToolAnswer>> looking = ask_tool(context_, std::move(look), own_);
  const Result<ToolAnswer> status = co_await looking;  // its exit code tells the same once more
  if (!status) co_return tl::unexpected(status.error());
  const json plane = control_plane_in(json_in(status->output));
  const std::string host = text_in(plane, "Host"), server = text_in(plane, "APIServer");
  is_paused_ = server == "Paused";
  is_misconfigured_ = text_in(plane, "Kubeconfig") != "Configured";
  found.standing = host == "Running" && server == "Running" ? Standing::ready : Standing::stopped;
  found.detail = host.empty() ? "it has no machine yet" : "its machine is " + host + ", its API server " + server;
  co_return found;
}

std::vector<std::string> Minikube::start_command(bool with_resolv_conf) const {
  std::vector<std::string> command = {"minikube", "start", "--profile", wish_.name, "--output", "json", "--interactive=false", "--memory", std::to_string(minikube_mebibytes(wish_)) + "mb", "--cpus", std::to_string(wish_.cpus)};
  if (wish_.nodes > 1) command.insert(command.end(), {"--nodes", std::to_string(wish_.nodes)});
  if (!wish_.driver.empty()) command.insert(command.end(), {"--driver", wish_.driver});
  if (!wish_.version.empty()) command.insert(command.end(), {"--kubernetes-version", wish_.version});
  if (with_resolv_conf) command.push_back("--extra-config=kubelet.resolv-conf=" + std::string(resolver_file));
  return command;
}

Task<Result<bool>> Minikube::run_start(bool with_resolv_conf) {
  const auto told = std::make_shared<Told>();
  std::function<void(std::string_view)> take = [told, &context = context_](std::string_view line) {
    const MinikubeEvent event = minikube_event(line);
    if (!event.progress.empty()) context.progress(event.progress);
    const std::lock_guard lock(told->mutex);
    if (!event.error.empty()) told->last_error = event;
    if (!event.warning.empty()) told->warnings.push_back(event.warning);
  };
  std::vector<std::string> command = start_command(with_resolv_conf);
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, wish_.timeout, std::move(take));
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  const std::lock_guard lock(told->mutex);
  for (const std::string& warning : told->warnings) context_.warn("minikube: " + warning);
  if (!end->is_good) co_return tl::unexpected(start_failed(wish_, told->last_error, *end));
  co_return true;
}

Task<Result<bool>> Minikube::make() {
  if (wish_.memory && minikube_mebibytes(wish_) > *wish_.memory >> 20) {
    context_.warn("minikube starts with no less than 1800MiB: it gets that instead of " + dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{*wish_.memory}))));
  }
  if (auto marked = write_mark(context_.world().files, own_, wish_); !marked) co_return tl::unexpected(marked.error());
  // Without a machine between them Pods get this machine's resolv.conf.
  const bool is_this_machine = wish_.driver == "none" && has_resolver_stub(context_.world().files);
  Task<Result<bool>> running = run_start(is_this_machine);
  co_return co_await running;
}

Task<Result<bool>> Minikube::start() {
  if (!is_paused_) {
    const bool is_this_machine = wish_.driver == "none" && has_resolver_stub(context_.world().files);
    Task<Result<bool>> running = run_start(is_this_machine);
    co_return co_await running;
  }
  std::vector<std::string> command = {"minikube", "unpause", "--profile", wish_.name};
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, short_wait, {});
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  if (!end->is_good) co_return engine::failure(title_of(wish_) + " is paused and does not go on: " + end->how, "", last_lines(end->printed, 5));
  co_return true;
}

Task<Result<bool>> Minikube::mend_name_servers() {
  Task<Result<bool>> running = run_start(true);
  co_return co_await running;
}

Task<Result<bool>> Minikube::give_access() {
  if (!other_size_.empty()) context_.warn(title_of(wish_) + " has nodes with " + other_size_ + ": minikube gives another size only to one made anew (`kubernetes.delete_cluster`)");
  if (!is_misconfigured_ && is_there(context_.world().files, own_.kubeconfig())) co_return true;
  std::vector<std::string> command = {"minikube", "update-context", "--profile", wish_.name};
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, short_wait, {});
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  if (end->is_good && is_there(context_.world().files, own_.kubeconfig())) co_return true;
  co_return engine::failure("minikube writes no kubeconfig for `" + wish_.name + "`: " + end->how, "`minikube update-context -p " + wish_.name + "` shows why", last_lines(end->printed, 5));
}

Task<Result<bool>> Minikube::remove() {
  std::vector<std::string> command = {"minikube", "delete", "--profile", wish_.name};
  Task<Result<ToolEnd>> running = run_tool(context_, std::move(command), own_, wish_.timeout, {});
  const Result<ToolEnd> end = co_await running;
  if (!end) co_return tl::unexpected(end.error());
  if (!end->is_good) co_return engine::failure(title_of(wish_) + " is not deleted: `minikube delete` ended with " + end->how, "", last_lines(end->printed, 5));
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
