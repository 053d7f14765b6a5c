#include "dsl/values/weight.hpp"

namespace sdlrun::dsl {

namespace {

void add_weight(const Value& value, std::size_t most, std::size_t& sum) {
  sum += sizeof(Value);
  if (const auto* text = value.as<std::string>()) sum += text->size();
  if (const List* list = value.as_list()) {
    for (auto element = list->begin(); element != list->end() && sum <= most; ++element) add_weight(*element, most, sum);
  }
  if (const Fields* fields = value.as_fields()) {
    for (auto field = fields->begin(); field != fields->end() && sum <= most; ++field) {
      sum += field->first.size();
      add_weight(field->second, most, sum);
    }
  }
}

}  // namespace

std::size_t weight(const Value& value, std::size_t most) {
  std::size_t sum = 0;
  add_weight(value, most, sum);
  return sum;
}

}  // namespace sdlrun::dsl
