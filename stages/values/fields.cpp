#include "stages/values/fields.hpp"

namespace sdlrun::stages {

std::string text_field(const dsl::Value& value, std::string_view name) {
  const dsl::Value* field = value.find(name);
  return field == nullptr || field->is_none() ? std::string() : dsl::plain_text(*field);
}

std::int64_t integer_field(const dsl::Value& value, std::string_view name) {
  const dsl::Value* field = value.find(name);
  const std::int64_t* number = field == nullptr ? nullptr : field->as<std::int64_t>();
  return number == nullptr ? 0 : *number;
}

}  // namespace sdlrun::stages
