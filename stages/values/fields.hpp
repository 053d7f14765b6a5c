// The fields of handles and records that stages hand to each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dsl/values/value.hpp"

namespace sdlrun::stages {

/// A field as text; empty where there is none, or it is none.
std::string text_field(const dsl::Value& value, std::string_view name);
/// An integer; 0 where there is none.
std::int64_t integer_field(const dsl::Value& value, std::string_view name);

}  // namespace sdlrun::stages
