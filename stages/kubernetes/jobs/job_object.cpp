#include "stages/kubernetes/jobs/job_object.hpp"

#include "engine/base64.hpp"
#include "stages/kubernetes/artifacts/store_objects.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

/// Two volumes: a folder that a container runtime makes for its `workingDir` would be root's alone.
json shared_mount() { return {{"name", "shared"}, {"mountPath", shared_folder}}; }
json work_mount() { return {{"name", "work"}, {"mountPath", work_folder}}; }
json empty_volume(const char* name) { return {{"name", name}, {"emptyDir", json::object()}}; }

/// The program's standard output goes on to the log and into a file; the exit code stays its own.
constexpr const char* keep_printed =
    "mkfifo /sdlrun/pipe || exit 126\n"
    "tee /sdlrun/printed < /sdlrun/pipe &\n"
    "\"$@\" > /sdlrun/pipe\n"
    "code=$?\n"
    "wait\n"
    "exit $code\n";

json program(const JobDescription& description, const std::string& job) {
  json command = description.command;
  if (description.files.wants_printed) {
    command = json::array({"sh", "-c", keep_printed, "sh"});
    for (const std::string& word : description.command) command.push_back(word);
  }
  json container{{"name", program_container}, {"image", description.image}, {"command", std::move(command)}, {"workingDir", work_folder}, {"volumeMounts", json::array({shared_mount(), work_mount()})}};
  for (const auto& variable : description.variables) {
    const std::string& name = variable.first;
    container["env"].push_back({{"name", name}, {"valueFrom", {{"secretKeyRef", {{"name", variables_name(job)}, {"key", name}}}}}});
  }
  for (const auto& [name, value] : description.output_variables) container["env"].push_back({{"name", name}, {"value", value}});
  if (!description.memory.empty()) container["resources"] = json{{"requests", {{"memory", description.memory}}}, {"limits", {{"memory", description.memory}}}};
  if (!description.cpu.empty()) container["resources"]["requests"]["cpu"] = description.cpu;
  return container;
}

json carrier(const JobDescription& description, const char* name, json arguments, const std::string& store) {
  json command = json::array({"python3", carry_program, name});
  for (json& argument : arguments) command.push_back(std::move(argument));
  return {{"name", name},
          {"image", description.place.helper.empty() ? description.image : description.place.helper},
          {"command", std::move(command)},
          {"env", json::array({{{"name", "SDLRUN_STORE"}, {"value", store}}, token_variable()})},
          {"resources", small_resources()},
          {"securityContext", few_rights()},
          {"terminationMessagePolicy", "FallbackToLogsOnError"},
          {"volumeMounts", json::array({shared_mount(), work_mount(), programs_mount()})}};
}

/// Containers that run one after the other: all but the last are init containers. So neither a shell nor anything of ours is needed in
/// the program's image.
json pod_spec(const JobDescription& description, const std::string& job, const std::string& store) {
  json containers = json::array();
  if (!description.files.inputs.empty()) containers.push_back(carrier(description, fetch_container, {inputs_list(job), shared_folder}, store));
  containers.push_back(program(description, job));
  if (description.files.leaves_files()) {
    json arguments = json::array({outputs_list(job), shared_folder});
    for (std::string& path : left_paths(description.files)) arguments.push_back(std::move(path));
    containers.push_back(carrier(description, leave_container, std::move(arguments), store));
  }
  json spec{{"restartPolicy", "Never"}, {"enableServiceLinks", false}, {"volumes", json::array({empty_volume("shared"), empty_volume("work")})}};
  if (description.files.needs_store()) spec["volumes"].push_back(programs_volume());
  spec["containers"] = json::array({containers.back()});
  containers.erase(containers.size() - 1);
  if (!containers.empty()) spec["initContainers"] = std::move(containers);
  if (description.place.account.empty()) spec["automountServiceAccountToken"] = false;
  else spec["serviceAccountName"] = description.place.account;
  for (const std::string& secret : description.place.pull_secrets) spec["imagePullSecrets"].push_back({{"name", secret}});
  for (const auto& [label, value] : description.place.node_selector) spec["nodeSelector"][label] = value;
  return spec;
}

}  // namespace

std::string variables_name(const std::string& job) { return job + "-env"; }

json variables_secret(const JobDescription& description, const std::string& job) {
  json secret = object_of_ours("v1", "Secret", description.place.space, variables_name(job));
  secret["metadata"]["labels"][job_label] = job;
  for (const auto& [name, value] : description.variables) secret["data"][name] = engine::to_base64(value);
  return secret;
}

json job_object(const JobDescription& description, const std::string& job, const std::string& store) {
  json object = object_of_ours("batch/v1", "Job", description.place.space, job);
  object["metadata"]["labels"][job_label] = job;
  // Attempts are the step's business: `retry` says how many there are.
  object["spec"] = {{"backoffLimit", 0}, {"ttlSecondsAfterFinished", description.place.keep_seconds}};
  object["spec"]["template"] = {{"metadata", {{"labels", {{job_label, job}, {"app.kubernetes.io/managed-by", "sdlrun"}}}}}, {"spec", pod_spec(description, job, store)}};
  return object;
}

}  // namespace sdlrun::stages::kubernetes
