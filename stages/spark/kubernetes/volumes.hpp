// Volumes of the driver that properties ask for: `spark.kubernetes.driver.volumes.TYPE.NAME.…`, as Spark's MountVolumesFeatureStep makes them. Those of
// executors are made by the driver.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "stages/spark/kubernetes/properties.hpp"

namespace sdlrun::stages::spark {

struct MountedVolume {
  nlohmann::json volume = {};
  nlohmann::json mount = {};
};

/// By their names. The error names the property at fault.
engine::Result<std::vector<MountedVolume>> driver_volumes(const Properties& conf);

/// Volumes with such names are Spark's local folders, in place of the one that it has otherwise. The folders' paths, with commas between them; empty: none.
std::string local_folders(const std::vector<MountedVolume>& volumes);

}  // namespace sdlrun::stages::spark
