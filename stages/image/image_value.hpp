// What image stages hand to each other: `{ reference: string, digest: string, layout: dir }`.
#pragma once

#include <filesystem>
#include <string>

#include "dsl/values/value.hpp"

namespace sdlrun::stages::image {

inline constexpr const char* image_type = "{ reference: string, digest: string, layout: dir }";

/// `layout` is a folder below the step's work directory.
dsl::Value image_value(const std::string& reference, const std::string& digest, const std::filesystem::path& layout);

struct ImageValue {
  std::string reference;
  std::string digest;
  std::filesystem::path layout;
};
ImageValue image_in(const dsl::Value& value);

}  // namespace sdlrun::stages::image
