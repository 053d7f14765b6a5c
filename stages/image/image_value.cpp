#include "stages/image/image_value.hpp"

namespace sdlrun::stages::image {

dsl::Value image_value(const std::string& reference, const std::string& digest, const std::filesystem::path& layout) {
  return dsl::Value::record({{"reference", dsl::Value::text(reference)}, {"digest", dsl::Value::text(digest)}, {"layout", dsl::Value(dsl::DirValue{layout.string(), ""})}});
}

ImageValue image_in(const dsl::Value& value) {
  const auto text = [&](std::string_view name) {
    const dsl::Value* field = value.find(name);
    return field == nullptr ? std::string() : dsl::plain_text(*field);
  };
  return {.reference = text("reference"), .digest = text("digest"), .layout = text("layout")};
}

}  // namespace sdlrun::stages::image
