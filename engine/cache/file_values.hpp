// Files and folders wherever they stand in values: alone, in lists, records, maps and handles.
#pragma once

#include <functional>

#include "dsl/values/value.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine {

/// The same fields with each FileValue and DirValue replaced by what `replace` gives for it; ends at the first error.
Result<dsl::Fields> with_files_replaced(const dsl::Fields& fields,
                                        const std::function<Result<dsl::Value>(const dsl::Value&)>& replace);

/// Whether `holds` is true of each FileValue and DirValue.
bool every_file(const dsl::Fields& fields, const std::function<bool(const dsl::Value&)>& holds);

/// The path of a FileValue or DirValue.
const std::string& path_of(const dsl::Value& file_or_folder);
const std::string& digest_of(const dsl::Value& file_or_folder);

/// Another path and digest for a FileValue or DirValue; its kind stays.
dsl::Value file_value_like(const dsl::Value& file_or_folder, std::string path, std::string digest);

}  // namespace sdlrun::engine
