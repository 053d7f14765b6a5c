#include "engine/run/step_end.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

constexpr std::size_t longest_text = 120;

bool is_plain(const dsl::Value& value) {
  if (value.is_none() || value.as<dsl::FileValue>() != nullptr || value.as<dsl::DirValue>() != nullptr) return false;
  if (value.as<dsl::SecretValue>() != nullptr || value.as<dsl::Handle>() != nullptr) return false;
  if (const dsl::List* list = value.as_list()) return std::all_of(list->begin(), list->end(), is_plain);
  if (const dsl::Fields* fields = value.as_fields()) {
    return std::all_of(fields->begin(), fields->end(), [](const auto& field) { return is_plain(field.second); });
  }
  return true;
}

}  // namespace

dsl::Fields small_outputs(const dsl::Fields& outputs) {
  dsl::Fields small;
  for (const auto& [name, value] : outputs) {
    if (!is_plain(value)) continue;
    const std::string text = dsl::value_text(value);
    if (text.size() <= longest_text && text.find('\n') == std::string::npos) small.emplace_back(name, value);
  }
  return small;
}

}  // namespace sdlrun::engine
