// Secrets as pipelines declare them.
#pragma once

#include <memory>
#include <string>

#include "dsl/values/value.hpp"

namespace sdlrun::engine {

inline dsl::SecretValue secret_from(dsl::SecretPlace::Source source, std::string name, std::string place) {
  return {std::move(name), std::make_shared<const dsl::SecretPlace>(dsl::SecretPlace{source, std::move(place), {}})};
}
inline dsl::SecretValue secret_in_environment(std::string name, std::string variable) {
  return secret_from(dsl::SecretPlace::Source::environment, std::move(name), std::move(variable));
}
inline dsl::SecretValue secret_in_file(std::string name, std::string path) {
  return secret_from(dsl::SecretPlace::Source::file, std::move(name), std::move(path));
}

}  // namespace sdlrun::engine
