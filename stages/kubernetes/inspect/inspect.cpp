// kubernetes.inspect: what runs on a cluster, what is free, and what is wrong with it.
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/diagnosis/dns_loop.hpp"
#include "stages/kubernetes/diagnosis/problems.hpp"
#include "stages/kubernetes/inspect/tables.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

std::vector<std::string> report_of(const KubeContext& context, const ClusterState& state, const std::vector<std::string>& problems) {
  std::vector<std::string> lines{"cluster `" + context.name + "` at " + context.server + ", Kubernetes " + state.version, ""};
  const auto add = [&](std::vector<std::string> more) { lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); };
  add(node_table(state));
  lines.emplace_back();
  lines.emplace_back("kube-system:");
  add(pod_table(state, "kube-system"));
  lines.emplace_back();
  lines.push_back(problems.empty() ? "no problems found" : problems.size() == 1 ? "1 problem:" : std::to_string(problems.size()) + " problems:");
  for (const std::string& problem : problems) lines.push_back("- " + problem);
  return lines;
}

dsl::Value size_value(double bytes) { return dsl::Value(dsl::Value::Data(dsl::Size{static_cast<std::int64_t>(bytes)})); }
dsl::Value number_value(double number) { return dsl::Value(dsl::Value::Data(number)); }

dsl::Value nodes_value(const ClusterState& state) {
  dsl::List nodes;
  for (const NodeRoom& room : rooms_of(state)) {
    nodes.push_back(dsl::Value::record({{"name", dsl::Value::text(room.name)},
                                        {"ready", dsl::Value::boolean(room.is_ready)},
                                        {"version", dsl::Value::text(room.version)},
                                        {"cpu", number_value(room.cpu)},
                                        {"free_cpu", number_value(room.free_cpu)},
                                        {"memory", size_value(room.memory)},
                                        {"free_memory", size_value(room.free_memory)}}));
  }
  return dsl::Value::list(std::move(nodes));
}

class KubernetesInspect final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "look at the cluster"; }
  bool asks_outside(const dsl::Fields&) const override { return true; }
  bool starts_outside(const dsl::Fields&) const override { return false; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext&, const dsl::Fields&) const override {
    co_return std::optional<std::string>("the cluster is looked at each time");
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_in(context.inputs()["cluster"]));
    const auto client = co_await opening;
    if (!client) co_return tl::unexpected(client.error());
    Task<Result<ClusterState>> looking = look_at(**client);
    const Result<ClusterState> state = co_await looking;
    if (!state) co_return tl::unexpected(state.error());
    std::vector<std::string> problems;
    Task<std::optional<DnsLoop>> diagnosing = find_dns_loop(**client, state->pods, state->nodes);
    const std::optional<DnsLoop> loop = co_await diagnosing;
    if (loop) problems.push_back(explanation(*loop));
    std::vector<std::string> others = problems_in(*state);
    problems.insert(problems.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    std::string text;
    for (const std::string& line : report_of((*client)->context(), *state, problems)) {
      context.log(line);
      text += line + '\n';
    }
    const std::filesystem::path report = context.work_directory() / "cluster.txt";
    if (auto written = context.world().files.write(report, text); !written) co_return tl::unexpected(written.error());
    dsl::List problem_texts;
    for (const std::string& problem : problems) problem_texts.push_back(dsl::Value::text(problem));
    co_return engine::StageOutputs{{"report", dsl::Value(dsl::Value::Data(dsl::FileValue{report.string(), ""}))},
                                   {"version", dsl::Value::text(state->version)},
                                   {"problems", dsl::Value::list(std::move(problem_texts))},
                                   {"nodes", nodes_value(*state)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "inspect", "Looks at a Kubernetes cluster: nodes, system Pods, and problems.")
          .external()
          .doc("The report, which is the step's log too, has the nodes with what is free on each (what Pods may have, less what those that are there ask for), the system's Pods as `kubectl get pods -n kube-system` shows them, "
               "and problems: nodes that are not ready or short of something, Pods that fail and why, volumes that do not come, warnings of the last hour. Nothing is changed.\n\n"
               "CoreDNS that forwards to itself is found by its log, and explained by its configuration and the file of name servers that its node's kubelet gives it; the repair is told, and is yours to make.\n\n"
               "Each run looks anew.")
          .example("step state = kubernetes.inspect { cluster = kube.cluster }")
          .input("cluster", cluster_type, "The cluster, of `kubernetes.cluster`.")
          .output("report", "file", "All of it, as text.")
          .output("version", "string", "The API server's, such as v1.34.4.")
          .output("problems", "[string]", "What is wrong; none: nothing was found.")
          .output("nodes", "[{ name: string, ready: bool, version: string, cpu: float, free_cpu: float, memory: size, free_memory: size }]", "The nodes. CPUs are cores.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_inspect_stage() { return std::make_unique<kubernetes::KubernetesInspect>(); }

}  // namespace sdlrun::stages
