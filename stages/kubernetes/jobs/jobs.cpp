// The stage kubernetes.jobs.
#include "stages/image/image_reference.hpp"
#include "stages/kubernetes/access/access.hpp"
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/jobs/jobs_value.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"
#include "stages/kubernetes/objects/namespace.hpp"
#include "stages/kubernetes/objects/quantity.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

std::vector<Rule> job_rules() {
  return {{.resources = {"jobs"}, .verbs = {"get", "create", "delete"}, .why = "to make jobs, find them again, and take them away", .group = "batch"},
          {.resources = {"pods"}, .verbs = {"get", "list", "watch", "create", "delete"}, .why = "to follow what jobs do, and to begin the Pod that keeps files"},
          {.resources = {"pods/log"}, .verbs = {"get"}, .why = "to show what a job prints"},
          {.resources = {"pods/proxy"}, .verbs = {"get", "create", "update", "delete"}, .why = "to carry files in and out"},
          {.resources = {"secrets"}, .verbs = {"get", "create", "patch", "delete"}, .why = "for the variables of `with { env }`, and the word that lets jobs have files"},
          {.resources = {"services"}, .verbs = {"get", "create"}, .why = "for the address by which jobs have files"},
          {.resources = {"configmaps"}, .verbs = {"create"}, .why = "for the programs that carry files"},
          {.resources = {"events"}, .verbs = {"list"}, .why = "to say why something does not start"}};
}

Result<JobsPlace> place_of(const engine::StageInputs& inputs) {
  const auto text = [&](const char* name) { return inputs.has(name) ? inputs.text(name) : std::string(); };
  JobsPlace place{.cluster = place_in(inputs["cluster"]),
                  .server = server_in(inputs["cluster"]),
                  .space = inputs.text("namespace"),
                  .account = text("account"),
                  .helper = image::referred_name(inputs["helper"]),
                  .cpu = text("cpu"),
                  .memory = inputs.has("memory") ? std::to_string(inputs["memory"].as<dsl::Size>()->bytes) : "",
                  .pull_secrets = inputs.texts("pull_secrets"),
                  .store_bytes = inputs["store"].as<dsl::Size>()->bytes,
                  .keep_seconds = inputs["keep"].as<dsl::Duration>()->milliseconds / 1000,
                  .start_timeout = engine::Milliseconds(inputs["start_timeout"].as<dsl::Duration>()->milliseconds),
                  .when_stopped = inputs.text("on_interrupt") == "leave" ? engine::WhenStopped::leave : engine::WhenStopped::remove};
  for (const auto& [label, value] : *inputs["node_selector"].as_fields()) place.node_selector.emplace_back(label, dsl::plain_text(value));
  if (!place.cpu.empty() && !quantity(place.cpu)) return engine::failure("`cpu` is `" + place.cpu + "`, which is no amount of processors", "write 2, 0.5 or 250m");
  constexpr std::int64_t least_seconds = 60;
  if (place.keep_seconds < least_seconds) return engine::failure("`keep` is " + inputs.text("keep") + ": what a job has left would be gone before it is taken", "an hour is little, a day is usual");
  return place;
}

class KubernetesJobs final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "namespace" && value.as<std::string>() != nullptr) return "make namespace `" + dsl::plain_text(value) + "` ready for jobs";
    }
    return "make a namespace ready for jobs";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    ClusterPlace place = place_in(context.inputs()["cluster"]);
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, std::move(place));
    const auto client = co_await opening;
    if (!client) co_return std::optional<std::string>("the cluster is to be asked whether all is there");
    const std::string space = context.inputs().text("namespace");
    Task<Result<bool>> looking = has_namespace(**client, space);
    const Result<bool> is_there = co_await looking;
    if (!is_there || !*is_there) co_return std::optional<std::string>("the namespace `" + space + "` is not there");
    co_return std::optional<std::string>();
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    auto jobs = place_of(context.inputs());
    if (!jobs) co_return tl::unexpected(jobs.error());
    ClusterPlace place = jobs->cluster;
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, std::move(place));
    const auto client = co_await opening;
    if (!client) co_return tl::unexpected(client.error());
    Task<Result<bool>> making = make_namespace(**client, jobs->space);
    if (const Result<bool> made = co_await making; !made) co_return tl::unexpected(made.error());
    Task<Result<bool>> checking = check_own_access(**client, jobs->space, "jobs need", job_rules());
    if (const Result<bool> may = co_await checking; !may) co_return tl::unexpected(may.error());
    co_return engine::StageOutputs{{"jobs", jobs_value(*jobs)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "jobs", "Makes a namespace ready for steps that run as Kubernetes Jobs.")
          .doc("A step of `exec.run` or `shell.run` that says `with { on = jobs.jobs, image = pushed.image }` runs there in place of this machine, with the same `retry`, "
               "`timeout`, log and cache. `image` is what `image.push` and `image.load` give, or the name under which the nodes find it. Its files are brought to it, and its outputs taken, by a Pod that keeps each content once for all jobs of the "
               "namespace (docs/kubernetes.md). It takes no slot of `-j`: up to 500 run at once; `pool` limits them. `cpus` and `memory` are what its Pod asks for.\n\n"
               "What carries files wants Python 3.8 or newer in the job's image, or in that of `helper`. A program without files, and without outputs, wants nothing. "
               "Rights that are missing are said before anything is made.")
          .example("step kube = kubernetes.cluster {}\n"
                   "step jobs = kubernetes.jobs { cluster = kube.cluster }\n"
                   "step count = exec.run { command = [\"wc\", \"-l\", file(\"notes.txt\")] } outputs {\n"
                   "  lines: int at stdout matching \"([0-9]+)\"\n"
                   "} with {\n"
                   "  on = jobs.jobs\n"
                   "  image = \"docker.io/library/python:3.12\"\n"
                   "  memory = 256MiB\n"
                   "}")
          .input("cluster", cluster_type, "The cluster, of `kubernetes.cluster`.")
          .input("namespace", "string", "The namespace; it is made where it is not there.", "\"jobs\"")
          .input("cpu", "string?", "How much of a processor a job asks for whose step does not say `cpus`, such as \"250m\".", "none")
          .input("memory", "size?", "The memory of a job whose step does not say `memory`.", "none")
          .input("account", "string?", "A service account for programs that ask the API server; none: they get no token.", "none")
          .input("helper", std::string(image::reference_or_name) + '?', "The image of what carries files; none: the job's own.", "none")
          .input("pull_secrets", "[string]", "Secrets with credentials for the images' registry.", "[]")
          .input("node_selector", "{string: string}", "Labels of the nodes that jobs run on.", "{}")
          .input("store", "size", "How much the Pod that keeps files holds.", "10GiB")
          .input("keep", "duration", "How long jobs that have ended stay, and the Pod that keeps files while nobody asks it.", "24h")
          .input("start_timeout", "duration", "How long a job may wait for a place and an image.", "10m")
          .input("on_interrupt", "enum(\"delete\", \"leave\")", "What becomes of jobs when the run is interrupted; those that are left are taken up by the next run.", "\"delete\"")
          .output("jobs", jobs_type, "The place, for `with { on }`.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_jobs_stage() { return std::make_unique<kubernetes::KubernetesJobs>(); }

}  // namespace sdlrun::stages
