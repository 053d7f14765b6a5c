// The objects of one step that runs as a Job.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/artifacts/job_files.hpp"
#include "stages/kubernetes/jobs/jobs_value.hpp"

namespace sdlrun::stages::kubernetes {

/// The container that runs the step's program, and those that carry its files before and after.
inline constexpr const char* program_container = "program";
inline constexpr const char* fetch_container = "fetch";
inline constexpr const char* leave_container = "leave";
/// What a Job's Pod is found by.
inline constexpr const char* job_label = "sdlrun/job";

/// Of all paths in a Pod, the folder that its containers share; the program runs in `work`.
inline constexpr const char* shared_folder = "/sdlrun";
inline constexpr const char* work_folder = "/sdlrun/work";

struct JobDescription {
  JobsPlace place = {};
  std::string image = {};
  std::vector<std::string> command = {};
  std::string shown = {};  // for messages: "`wc`", "the script"
  std::vector<std::pair<std::string, std::string>> variables = {};  // of the step's own: may be secrets
  std::vector<std::pair<std::string, std::string>> output_variables = {};
  JobFiles files = {};
  std::string cpu = {};
  std::string memory = {};
};

std::string variables_name(const std::string& job);

nlohmann::json variables_secret(const JobDescription& description, const std::string& job);
/// `store`: the artifact store's address; empty: it is not needed.
nlohmann::json job_object(const JobDescription& description, const std::string& job, const std::string& store);

}  // namespace sdlrun::stages::kubernetes
