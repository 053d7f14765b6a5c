// How spark-submit is called: the command, its environment and what lies beside the application.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/stage/stage.hpp"
#include "stages/python/environment.hpp"

namespace sdlrun::stages {

/// Our own files in the step's folder.
struct SubmitPlaces {
  explicit SubmitPlaces(const std::filesystem::path& scratch_directory);
  std::filesystem::path driver, report, configuration, temporary;
};

/// What inputs cannot mean: an application of no kind or of two, a property that is none of Spark's or the cluster's
/// business, a path that spark-submit's lists cannot hold.
engine::Result<void> check_submit_inputs(const engine::StageInputs& inputs);

/// The properties that the step may not set, or that are none. `where` says the memory in their place: "`spark.local`".
engine::Result<void> check_properties(const dsl::Fields& properties, const std::string& where);

/// What Spark is to log, as log4j2.properties.
std::string spark_logging();

/// Writes our driver and Spark's configuration, and places the application and its files in `folder`, in which it is to run.
engine::Result<void> place_application(const engine::StageInputs& inputs, const SubmitPlaces& places, const std::filesystem::path& folder);

/// `ui_port` is where the driver's page and API are to be; 0: wherever Spark likes.
std::vector<std::string> submit_command(const engine::StageInputs& inputs, const PythonEnvironment& python,
                                        const SubmitPlaces& places, std::uint16_t ui_port);

engine::Environment submit_environment(engine::Environment environment, const PythonEnvironment& python,
                                       const SubmitPlaces& places, const std::filesystem::path& java);

/// What messages call the application: the script's file name, or the class.
std::string application_name(const engine::StageInputs& inputs);

}  // namespace sdlrun::stages
