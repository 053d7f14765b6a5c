// Spark's properties as the driver reads them, and the sizes that stand in them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::stages::spark {

using Properties = std::map<std::string, std::string>;

/// Empty where it is not set.
std::string property(const Properties& properties, std::string_view name);
/// Those whose names begin so, by what follows: of "spark.executorEnv." the names of the variables.
Properties properties_below(const Properties& properties, std::string_view beginning);

/// As Spark reads lists.
std::string comma_list(const std::vector<std::string>& parts);

/// As java.util.Properties writes them.
/// https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#store(java.io.Writer,java.lang.String)
std::string properties_text(const Properties& properties);

/// "512m", "2g", "1024" (MiB), as Spark reads memory; in MiB, rounded down.
engine::Result<std::int64_t> mebibytes(const std::string& text, const std::string& name);

/// What Java does not see of a container's memory: `spark.ROLE.memoryOverhead`, else a part of the memory, at least 384 MiB.
/// https://spark.apache.org/docs/latest/configuration.html
engine::Result<std::int64_t> overhead_mebibytes(const Properties& properties, const std::string& role, std::int64_t memory, bool is_python);

}  // namespace sdlrun::stages::spark
