#include "engine/cache/file_values.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

using Replace = std::function<Result<dsl::Value>(const dsl::Value&)>;

Result<dsl::Value> replaced(const dsl::Value& value, const Replace& replace) {
  if (value.as<dsl::FileValue>() != nullptr || value.as<dsl::DirValue>() != nullptr) return replace(value);
  if (const dsl::List* list = value.as_list()) {
    dsl::List elements;
    for (const dsl::Value& element : *list) {
      auto result = replaced(element, replace);
      if (!result) return result;
      elements.push_back(std::move(*result));
    }
    return dsl::Value::list(std::move(elements));
  }
  const dsl::Fields* fields = value.as_fields();
  if (fields == nullptr) return value;
  auto inner = with_files_replaced(*fields, replace);
  if (!inner) return tl::unexpected(std::move(inner.error()));
  if (value.as<dsl::Map>() != nullptr) return dsl::Value::map(std::move(*inner));
  if (value.as<dsl::Record>() != nullptr) return dsl::Value::record(std::move(*inner));
  const auto* handle = value.as<dsl::Handle>();
  return dsl::Value::handle(handle->type, handle->digest, std::move(*inner));
}

}  // namespace

Result<dsl::Fields> with_files_replaced(const dsl::Fields& fields, const Replace& replace) {
  dsl::Fields result;
  result.reserve(fields.size());
  for (const auto& [name, value] : fields) {
    auto inner = replaced(value, replace);
    if (!inner) return tl::unexpected(std::move(inner.error()));
    result.emplace_back(name, std::move(*inner));
  }
  return result;
}

namespace {

bool every_file_in(const dsl::Value& value, const std::function<bool(const dsl::Value&)>& holds) {
  if (value.as<dsl::FileValue>() != nullptr || value.as<dsl::DirValue>() != nullptr) return holds(value);
  if (const dsl::List* list = value.as_list()) {
    return std::all_of(list->begin(), list->end(), [&](const dsl::Value& element) { return every_file_in(element, holds); });
  }
  const dsl::Fields* fields = value.as_fields();
  return fields == nullptr || every_file(*fields, holds);
}

}  // namespace

bool every_file(const dsl::Fields& fields, const std::function<bool(const dsl::Value&)>& holds) {
  return std::all_of(fields.begin(), fields.end(), [&](const auto& field) { return every_file_in(field.second, holds); });
}

const std::string& path_of(const dsl::Value& value) {
  const auto* file = value.as<dsl::FileValue>();
  return file != nullptr ? file->path : value.as<dsl::DirValue>()->path;
}

const std::string& digest_of(const dsl::Value& value) {
  const auto* file = value.as<dsl::FileValue>();
  return file != nullptr ? file->digest : value.as<dsl::DirValue>()->digest;
}

dsl::Value file_value_like(const dsl::Value& value, std::string path, std::string digest) {
  if (value.as<dsl::FileValue>() != nullptr) return dsl::Value(dsl::FileValue{std::move(path), std::move(digest)});
  return dsl::Value(dsl::DirValue{std::move(path), std::move(digest)});
}

}  // namespace sdlrun::engine
