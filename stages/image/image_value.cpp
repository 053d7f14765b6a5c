#include "stages/image/image_value.hpp"

#include "stages/values/fields.hpp"

namespace sdlrun::stages::image {

dsl::Value image_value(const std::string& reference, const std::string& digest, const std::filesystem::path& layout) {
  return dsl::Value::record({{"reference", dsl::Value::text(reference)}, {"digest", dsl::Value::text(digest)}, {"layout", dsl::Value(dsl::DirValue{layout.string(), ""})}});
}

ImageValue image_in(const dsl::Value& value) {
  return {.reference = text_field(value, "reference"), .digest = text_field(value, "digest"), .layout = text_field(value, "layout")};
}

}  // namespace sdlrun::stages::image
