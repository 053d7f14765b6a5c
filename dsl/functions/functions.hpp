// The pure functions of the language: a small fixed set. One table serves the checker, evaluation and help.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "dsl/types/type.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::dsl {

/// What a call says wrong, for the checker or evaluation to put at its place.
struct CallError {
  std::string message;
  std::string hint;
};

struct Function {
  std::string_view name;
  std::string_view signature;  // "join(list: [string], separator: string) -> string"
  std::string_view doc;
  std::size_t fewest_arguments;
  std::size_t most_arguments;
  tl::expected<Type, CallError> (*type)(std::span<const Type> arguments);
  /// Arguments have the types that `type` accepted. `directory` is what paths are relative to.
  tl::expected<Value, CallError> (*call)(std::span<const Value> arguments, const std::filesystem::path& directory);
  /// It gives the files that match its argument: another time there may be others.
  bool looks_for_files = false;
};

const std::vector<Function>& functions();
const Function* find_function(std::string_view name);

}  // namespace sdlrun::dsl
