// The stage spark.kubernetes.
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/objects/namespace.hpp"
#include "stages/spark/kubernetes/access.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/kubernetes/fit.hpp"
#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

std::string mebibyte_text(const dsl::Value& size) { return std::to_string(size.as<dsl::Size>()->bytes >> 20) + "m"; }

Properties sizes_of(const engine::StageInputs& inputs) {
  return {{"spark.executor.instances", std::to_string(inputs.integer("executors"))},
          {"spark.executor.cores", std::to_string(inputs.integer("cores"))},
          {"spark.executor.memory", mebibyte_text(inputs["memory"])},
          {"spark.driver.memory", mebibyte_text(inputs["driver_memory"])}};
}

Result<void> check_inputs(const engine::StageInputs& inputs) {
  constexpr std::int64_t least = 512LL << 20;  // Spark itself refuses less than 450 MiB
  for (const char* name : {"memory", "driver_memory"}) {
    if (inputs[name].as<dsl::Size>()->bytes < least) {
      return engine::failure("`" + std::string(name) + "` is " + inputs.text(name) + ", and Spark does not start with less than 512MiB", "1GiB does for small jobs");
    }
  }
  constexpr std::int64_t least_time = 60'000;
  if (inputs.has("keep") && inputs["keep"].as<dsl::Duration>()->milliseconds < least_time) {
    return engine::failure("`keep` is " + inputs.text("keep") + ": drivers would be gone before what they have left is taken", "a day is little, a week is usual, and `none` keeps them for ever");
  }
  const std::string version = inputs.text("version");
  const bool is_known = version.starts_with("3.5.") || version.starts_with("4.0.") || version.starts_with("4.1.");
  if (!is_known) return engine::failure("`version` is `" + version + "`, and only Spark 3.5, 4.0 and 4.1 are known", "name the version of the images whole, such as 4.0.0");
  return {};
}

class SparkKubernetes final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "namespace" && value.as<std::string>() != nullptr) return "make namespace `" + dsl::plain_text(value) + "` ready for Spark: service accounts, roles, quota";
    }
    return "make a namespace ready for Spark: service accounts, roles, quota";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    kubernetes::ClusterPlace place = kubernetes::place_in(context.inputs()["cluster"]);
    Task<Result<std::shared_ptr<kubernetes::Client>>> opening = kubernetes::Client::open(context, std::move(place));
    const auto client = co_await opening;
    if (!client) co_return std::optional<std::string>("the cluster is to be asked whether all is there");
    const std::string space = context.inputs().text("namespace");
    for (const AccessObject& each : access_objects(space, quota_of(context.inputs()))) {
      const std::string name = text_of(each.object);
      Task<Result<std::optional<json>>> finding = (*client)->find(kubernetes::path_of(each.resource, space, name), "look for " + kubernetes::name_of(each.object));
      const auto found = co_await finding;
      if (!found || !found->has_value()) co_return std::optional<std::string>(kubernetes::name_of(each.object) + " is not there");
    }
    co_return std::optional<std::string>();
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const engine::StageInputs& inputs = context.inputs();
    if (auto fine = check_inputs(inputs); !fine) co_return tl::unexpected(fine.error());
    kubernetes::ClusterPlace place = kubernetes::place_in(inputs["cluster"]);
    Task<Result<std::shared_ptr<kubernetes::Client>>> opening = kubernetes::Client::open(context, std::move(place));
    const auto opened = co_await opening;
    if (!opened) co_return tl::unexpected(opened.error());
    kubernetes::Client& client = **opened;
    const std::string space = inputs.text("namespace");
    Task<Result<bool>> making = kubernetes::make_namespace(client, space);
    if (const Result<bool> made = co_await making; !made) co_return tl::unexpected(made.error());
    for (const AccessObject& each : access_objects(space, quota_of(inputs))) {
      Task<Result<json>> applying = kubernetes::apply(client, each.resource, each.object);
      const Result<json> applied = co_await applying;
      if (!applied) co_return tl::unexpected(applied.error());
      context.log("applied " + kubernetes::name_of(each.object));
    }
    Task<Result<bool>> checking = kubernetes::check_own_access(client, space, "Spark needs", submitter_rules());
    if (const Result<bool> fine = co_await checking; !fine) co_return tl::unexpected(fine.error());
    Task<Result<bool>> checking_driver = kubernetes::check_account_access(client, space, driver_account, "Spark needs", driver_rules());
    const Result<bool> driver = co_await checking_driver;
    if (!driver) co_return tl::unexpected(driver.error());
    if (!*driver) context.log("whether the driver's account has its rights could not be asked: that wants the right to make subjectaccessreviews");
    Task<Result<bool>> looking = warn_where_too_small(client, sizes_of(inputs));
    co_await looking;
    co_return engine::StageOutputs{{"spark", cluster_value({.place = kubernetes::place_in(inputs["cluster"]),
                                                            .server = kubernetes::server_in(inputs["cluster"]),
                                                            .space = space,
                                                            .driver_account = driver_account,
                                                            .executor_account = executor_account,
                                                            .spark_version = inputs.text("version"),
                                                            .store_bytes = inputs["store"].as<dsl::Size>()->bytes,
                                                            .keep_seconds = inputs.has("keep") ? inputs["keep"].as<dsl::Duration>()->milliseconds / 1000 : 0,
                                                            .sizes = sizes_of(inputs)})}};
  }

 private:
  static std::string text_of(const json& object) { return object["metadata"]["name"].get<std::string>(); }

  static std::vector<std::pair<std::string, std::string>> quota_of(const engine::StageInputs& inputs) {
    std::vector<std::pair<std::string, std::string>> quota;
    for (const auto& [name, value] : *inputs["quota"].as_fields()) quota.emplace_back(name, dsl::plain_text(value));
    return quota;
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("spark", "kubernetes", "Makes a namespace of a Kubernetes cluster ready for Spark jobs.")
          .doc("The namespace, a service account each for driver and executors, and the least rights that Spark's driver needs; executors have none. "
               "What is there already is brought to that state and otherwise left alone; nothing is ever deleted. Then the API server is asked "
               "whether we, and the driver's account, may do all that a job does: what is missing is said before anything is submitted. A cluster whose nodes have less memory "
               "free than driver and executors take is a warning.\n\n"
               "`executors`, `cores` and memories are those of each job; a job's `conf` may say otherwise.")
          .example("step kube = kubernetes.cluster {}\n"
                   "step cluster = spark.kubernetes { cluster = kube.cluster, executors = 4, memory = 2GiB }")
          .input("cluster", kubernetes::cluster_type, "The cluster, of `kubernetes.cluster`.")
          .input("namespace", "string", "The namespace.", "\"spark\"")
          .input("executors", "int(1..10000)", "How many executors a job gets.", "2")
          .input("cores", "int(1..1024)", "How many tasks an executor runs at a time.", "1")
          .input("memory", "size", "The memory of an executor's Java; what Python needs is added (40 % for Python).", "1GiB")
          .input("driver_memory", "size", "The memory of the driver's Java.", "1GiB")
          .input("version", "string", "The Spark of the jobs' images.", "\"4.0.0\"")
          .input("quota", "{string: string}", "What all in the namespace may use together, as a ResourceQuota: `{ \"requests.memory\": \"8Gi\" }`.", "{}")
          .input("store", "size", "How much the Pod that keeps the jobs' files holds.", "10GiB")
          .input("keep", "duration?", "How long a driver that has ended well stays before a job that ends after it takes it away; none: until somebody deletes it.", "7d")
          .output("spark", spark_cluster_type, "The cluster, for `spark.submit`.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::spark

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> spark_kubernetes_stage() { return std::make_unique<spark::SparkKubernetes>(); }

}  // namespace sdlrun::stages
