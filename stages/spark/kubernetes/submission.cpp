#include "stages/spark/kubernetes/submission.hpp"

#include <algorithm>

#include "engine/base64.hpp"
#include "engine/cache/digest.hpp"
#include "stages/spark/kubernetes/volumes.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using nlohmann::json;

namespace {

constexpr int driver_port = 7078, block_manager_port = 7079, ui_port = 4040, connect_port = 15002;
constexpr std::size_t longest_label = 63;

bool is_at_least(const std::string& version, int major, int minor) {
  const int found_major = std::atoi(version.c_str());
  const std::size_t dot = version.find('.');
  const int found_minor = dot == std::string::npos ? 0 : std::atoi(version.c_str() + dot + 1);
  return found_major != major ? found_major > major : found_minor >= minor;
}

/// As KubernetesConf.getAppNameLabel: what a label may hold.
std::string label_of(const std::string& app) {
  std::string label;
  for (const char c : app) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || is_upper;
    const char next = is_upper ? static_cast<char>(c + 32) : is_kept ? c : '-';
    if (next != '-' || !label.ends_with('-')) label += next;
  }
  label = label.substr(0, longest_label);
  label.erase(0, label.find_first_not_of('-'));
  label.erase(label.find_last_not_of('-') + 1);
  return label;
}

json labels_of(const Submission& submission) {
  json labels{{"spark-version", submission.spark_version}, {"spark-app-selector", application_id(submission.name)}, {"spark-app-name", label_of(submission.app)}, {"spark-role", "driver"}};
  for (const auto& [name, value] : properties_below(submission.conf, "spark.kubernetes.driver.label.")) labels[name] = value;
  return labels;
}

json ports_of(const Submission& submission, const char* number) {
  json ports = json::array({{{"name", "driver-rpc-port"}, {number, driver_port}, {"protocol", "TCP"}},
                            {{"name", "blockmanager"}, {number, block_manager_port}, {"protocol", "TCP"}},
                            {{"name", "spark-ui"}, {number, ui_port}, {"protocol", "TCP"}}});
  if (is_at_least(submission.spark_version, 4, 1)) ports.push_back({{"name", "spark-connect"}, {number, connect_port}, {"protocol", "TCP"}});
  return ports;
}

std::string local_folder(const Submission& submission) { return "/var/data/" + application_id(submission.name); }

json secret_variable(const std::string& name, const std::string& secret, const std::string& key) {
  return {{"name", name}, {"valueFrom", {{"secretKeyRef", {{"name", secret}, {"key", key}}}}}};
}

json environment_of(const Submission& submission, const std::string& local_folders) {
  json variables = json::array({{{"name", "SPARK_USER"}, {"value", submission.user}}, {{"name", "SPARK_APPLICATION_ID"}, {"value", application_id(submission.name)}}});
  for (const auto& [name, value] : properties_below(submission.conf, "spark.kubernetes.driverEnv.")) variables.push_back({{"name", name}, {"value", value}});
  variables.push_back({{"name", "SPARK_DRIVER_BIND_ADDRESS"}, {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "status.podIP"}}}}}});
  for (const auto& [name, place] : properties_below(submission.conf, "spark.kubernetes.driver.secretKeyRef.")) {
    const std::size_t colon = place.find(':');
    variables.push_back(secret_variable(name, place.substr(0, colon), colon == std::string::npos ? "" : place.substr(colon + 1)));
  }
  const std::string python = property(submission.conf, "spark.pyspark.python"), driver_python = property(submission.conf, "spark.pyspark.driver.python");
  if (submission.is_python && !python.empty()) variables.push_back({{"name", "PYSPARK_PYTHON"}, {"value", python}});
  if (submission.is_python && !(driver_python + python).empty()) variables.push_back({{"name", "PYSPARK_DRIVER_PYTHON"}, {"value", driver_python.empty() ? python : driver_python}});
  variables.push_back({{"name", "SPARK_LOCAL_DIRS"}, {"value", local_folders}});
  variables.push_back({{"name", "SPARK_CONF_DIR"}, {"value", configuration_folder}});
  for (const auto& [name, value] : submission.driver_variables) variables.push_back({{"name", name}, {"value", value}});
  for (const std::string& name : submission.secret_variables) variables.push_back(secret_variable(name, submission.secret, name));
  for (const auto& [name, secret] : submission.driver_secrets) variables.push_back(secret_variable(name, secret, name));
  return variables;
}

json arguments_of(const Submission& submission) {
  json arguments = json::array({"driver", "--properties-file", std::string(configuration_folder) + "/spark.properties", "--class", submission.main_class, submission.primary});
  for (const std::string& argument : submission.args) arguments.push_back(argument);
  return arguments;
}

Result<json> resources_of(const Submission& submission) {
  const Properties& conf = submission.conf;
  const std::string given = property(conf, "spark.driver.memory");
  const auto memory = mebibytes(given.empty() ? "1g" : given, "spark.driver.memory");
  if (!memory) return tl::unexpected(memory.error());
  const auto overhead = overhead_mebibytes(conf, "driver", *memory, submission.is_python);
  if (!overhead) return tl::unexpected(overhead.error());
  const std::string whole = std::to_string(*memory + *overhead) + "Mi";
  std::string cores = property(conf, "spark.kubernetes.driver.request.cores");
  if (cores.empty()) cores = property(conf, "spark.driver.cores");
  json resources{{"requests", {{"cpu", cores.empty() ? "1" : cores}, {"memory", whole}}}, {"limits", {{"memory", whole}}}};
  if (const std::string limit = property(conf, "spark.kubernetes.driver.limit.cores"); !limit.empty()) resources["limits"]["cpu"] = limit;
  return resources;
}

/// A volume's items are named one by one, as the namespace's entry is no file.
json items_of(const Submission& submission) {
  json items = json::array({{{"key", "spark.properties"}, {"path", "spark.properties"}, {"mode", 0644}}});
  for (const auto& [name, bytes] : submission.files) items.push_back({{"key", name}, {"path", name}, {"mode", 0644}});
  return items;
}

json configuration_of(const Submission& submission) {
  json object{{"apiVersion", "v1"},
              {"kind", "ConfigMap"},
              {"metadata", {{"name", configuration_name(submission.name)}, {"namespace", submission.space}, {"labels", {{"app.kubernetes.io/managed-by", "sdlrun"}}}}},
              {"immutable", true},
              {"data", {{"spark.properties", properties_text(driver_properties(submission))}, {"spark.kubernetes.namespace", submission.space}}}};
  for (const auto& [name, bytes] : submission.files) object["binaryData"][name] = engine::to_base64(bytes);
  return object;
}

json service_of(const Submission& submission) {
  json ports = ports_of(submission, "port");
  for (json& port : ports) port["targetPort"] = port["port"];
  json object{{"apiVersion", "v1"},
              {"kind", "Service"},
              {"metadata",
               {{"name", service_name(submission.name)},
                {"namespace", submission.space},
                {"labels", {{"spark-app-selector", application_id(submission.name)}, {"app.kubernetes.io/managed-by", "sdlrun"}}}}},
              {"spec", {{"clusterIP", "None"}, {"ipFamilyPolicy", "SingleStack"}, {"ipFamilies", json::array({"IPv4"})}, {"selector", labels_of(submission)}, {"ports", ports}}}};
  for (const auto& [name, value] : properties_below(submission.conf, "spark.kubernetes.driver.service.label.")) object["metadata"]["labels"][name] = value;
  for (const auto& [name, value] : properties_below(submission.conf, "spark.kubernetes.driver.service.annotation.")) object["metadata"]["annotations"][name] = value;
  return object;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// `spark.kubernetes.driver.secrets.NAME=FOLDER`.
void add_secret_folders(const Properties& conf, json& spec) {
  for (const auto& [secret, folder] : properties_below(conf, "spark.kubernetes.driver.secrets.")) {
    const std::string volume = secret + "-volume";
    spec["volumes"].push_back({{"name", volume}, {"secret", {{"secretName", secret}}}});
    spec["containers"][0]["volumeMounts"].push_back({{"name", volume}, {"mountPath", folder}});
  }
}

void add_volumes(const Submission& submission, const std::vector<MountedVolume>& volumes, json& spec) {
  json& mounts = spec["containers"][0]["volumeMounts"];
  for (const MountedVolume& each : volumes) {
    spec["volumes"].push_back(each.volume);
    mounts.push_back(each.mount);
  }
  if (!local_folders(volumes).empty()) return;
  json local = json::object();
  if (property(submission.conf, "spark.kubernetes.local.dirs.tmpfs") == "true") local["medium"] = "Memory";
  spec["volumes"].push_back({{"name", "spark-local-dir-1"}, {"emptyDir", local}});
  mounts.push_back({{"name", "spark-local-dir-1"}, {"mountPath", local_folder(submission)}});
}

void add_scheduling(const Properties& conf, json& spec) {
  for (const char* beginning : {"spark.kubernetes.node.selector.", "spark.kubernetes.driver.node.selector."}) {
    for (const auto& [name, value] : properties_below(conf, beginning)) spec["nodeSelector"][name] = value;
  }
  for (const std::string& secret : pull_secrets(conf)) spec["imagePullSecrets"].push_back({{"name", secret}});
  for (const char* name : {"spark.kubernetes.scheduler.name", "spark.kubernetes.driver.scheduler.name"}) {
    if (const std::string scheduler = property(conf, name); !scheduler.empty()) spec["schedulerName"] = scheduler;
  }
}

Result<json> driver_of(const Submission& submission) {
  auto resources = resources_of(submission);
  if (!resources) return tl::unexpected(resources.error());
  const auto volumes = driver_volumes(submission.conf);
  if (!volumes) return tl::unexpected(volumes.error());
  const std::string given_folders = local_folders(*volumes);
  const Properties& conf = submission.conf;
  std::string policy = property(conf, "spark.kubernetes.container.image.pullPolicy"), image = property(conf, "spark.kubernetes.driver.container.image");
  json container{{"name", driver_container},
                 {"image", image.empty() ? submission.image : image},
                 {"imagePullPolicy", policy.empty() ? "IfNotPresent" : policy},
                 {"ports", ports_of(submission, "containerPort")},
                 {"env", environment_of(submission, given_folders.empty() ? local_folder(submission) : given_folders)},
                 {"resources", std::move(*resources)},
                 {"args", arguments_of(submission)},
                 {"volumeMounts", json::array({{{"name", configuration_volume}, {"mountPath", configuration_folder}}})}};
  json labels = labels_of(submission);
  labels["app.kubernetes.io/managed-by"] = "sdlrun";
  json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", {{"name", driver_pod_name(submission.name)}, {"namespace", submission.space}, {"labels", labels}}},
           {"spec",
            {{"containers", json::array({container})},
             {"restartPolicy", "Never"},
             // Thousands of services in a namespace would fill the environment until nothing starts (kubeflow/spark-operator's benchmark).
             {"enableServiceLinks", false},
             {"serviceAccountName", submission.driver_account},
             {"volumes", json::array({{{"name", configuration_volume}, {"configMap", {{"name", configuration_name(submission.name)}, {"items", items_of(submission)}}}}})}}}};
  for (const auto& [name, value] : properties_below(conf, "spark.kubernetes.driver.annotation.")) pod["metadata"]["annotations"][name] = value;
  add_volumes(submission, *volumes, pod["spec"]);
  add_secret_folders(conf, pod["spec"]);
  add_scheduling(conf, pod["spec"]);
  return pod;
}

}  // namespace

std::vector<std::string> pull_secrets(const Properties& conf) { return split(property(conf, "spark.kubernetes.container.image.pullSecrets")); }

kubernetes::PodSettings pod_settings() {
  return {.sizes = "`cores`, `memory`, `driver_memory`, or `spark.kubernetes.*.request.cores` in `conf`",
          .credentials = "in `conf`: `spark.kubernetes.container.image.pullSecrets`",
          .nodes = "`spark.kubernetes.node.selector.*` in `conf`"};
}

std::string application_id(const std::string& name) { return "spark-" + engine::sha256(name).substr(0, 32); }
std::string driver_pod_name(const std::string& name) { return name + "-driver"; }
std::string configuration_name(const std::string& name) { return name + "-conf"; }
std::string service_name(const std::string& name) { return name + "-driver-svc"; }

Properties driver_properties(const Submission& submission) {
  Properties all = submission.conf;
  all.insert({{"spark.kubernetes.memoryOverheadFactor", submission.is_python ? "0.4" : "0.1"}});
  const Properties ours{{"spark.master", "k8s://" + submission.server},
                        {"spark.submit.deployMode", "cluster"},
                        {"spark.app.name", submission.app},
                        {"spark.app.id", application_id(submission.name)},
                        {"spark.app.submitTime", std::to_string(submission.submitted_at)},
                        {"spark.kubernetes.namespace", submission.space},
                        {"spark.kubernetes.container.image", submission.image},
                        {"spark.kubernetes.driver.pod.name", driver_pod_name(submission.name)},
                        {"spark.kubernetes.executor.podNamePrefix", submission.name},
                        {"spark.kubernetes.submitInDriver", "true"},
                        {"spark.kubernetes.resource.type", submission.is_python ? "python" : "java"},
                        {"spark.kubernetes.authenticate.driver.serviceAccountName", submission.driver_account},
                        {"spark.kubernetes.authenticate.executor.serviceAccountName", submission.executor_account},
                        {"spark.driver.host", service_name(submission.name) + '.' + submission.space + ".svc"},
                        {"spark.driver.port", std::to_string(driver_port)},
                        {"spark.driver.blockManager.port", std::to_string(block_manager_port)},
                        {"spark.submit.pyFiles", comma_list(submission.py_files)}};
  for (const auto& [name, value] : ours) all[name] = value;
  if (!submission.jars.empty()) all["spark.jars"] = comma_list(submission.jars);
  for (const std::string& name : submission.secret_variables) all["spark.kubernetes.executor.secretKeyRef." + name] = submission.secret + ':' + name;
  return all;
}

Result<SubmissionObjects> submission_objects(const Submission& submission) {
  auto driver = driver_of(submission);
  if (!driver) return tl::unexpected(driver.error());
  return SubmissionObjects{.configuration = configuration_of(submission), .service = service_of(submission), .driver = std::move(*driver)};
}

}  // namespace sdlrun::stages::spark
