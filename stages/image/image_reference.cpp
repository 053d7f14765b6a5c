#include "stages/image/image_reference.hpp"

#include "stages/values/fields.hpp"

namespace sdlrun::stages::image {

dsl::Value reference_value(const std::string& name, const std::string& digest) {
  return dsl::Value::handle(reference_type, name.ends_with(digest) ? name : name + ' ' + digest, {{"name", dsl::Value::text(name)}});
}

std::string referred_name(const dsl::Value& image) {
  if (image.is_none()) return "";
  return image.as<dsl::Handle>() == nullptr ? dsl::plain_text(image) : text_field(image, "name");
}

}  // namespace sdlrun::stages::image
