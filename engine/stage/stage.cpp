#include "engine/stage/stage.hpp"

#include <algorithm>
#include <cstdlib>

namespace sdlrun::engine {

const dsl::Value& StageInputs::operator[](std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == name; });
  if (found == fields_.end()) std::abort();  // the schema has no such input: our own mistake
  return found->second;
}

std::string StageInputs::text(std::string_view name) const { return dsl::plain_text((*this)[name]); }

std::int64_t StageInputs::integer(std::string_view name) const { return *(*this)[name].as<std::int64_t>(); }

bool StageInputs::boolean(std::string_view name) const { return *(*this)[name].as<bool>(); }

std::vector<std::string> StageInputs::texts(std::string_view name) const {
  std::vector<std::string> result;
  if (const dsl::List* list = (*this)[name].as_list()) {
    for (const dsl::Value& element : *list) result.push_back(dsl::plain_text(element));
  }
  return result;
}

Task<std::optional<std::string>> Stage::changed_outside(StageContext& /*context*/, const dsl::Fields& /*outputs*/) const { co_return std::nullopt; }

Task<Result<std::vector<std::string>>> Stage::preview(StageContext& /*context*/) const { co_return std::vector<std::string>(); }

const Stage* StageSet::find(const dsl::StageSchema& schema) const {
  for (const auto& stage : stages_) {
    if (&stage->schema() == &schema) return stage.get();
  }
  return nullptr;
}

const dsl::StageSchemas& StageSet::schemas() const {
  if (schemas_.all().size() != stages_.size()) {
    schemas_ = {};
    for (const auto& stage : stages_) schemas_.add(stage->schema());
  }
  return schemas_;
}

}  // namespace sdlrun::engine
