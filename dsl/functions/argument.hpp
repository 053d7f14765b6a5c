// How functions look at the types of their arguments. Internal to dsl/functions.
#pragma once

#include "dsl/functions/functions.hpp"

namespace sdlrun::dsl {

using CallType = tl::expected<Type, CallError>;
using CallValue = tl::expected<Value, CallError>;

inline const Type string_type{StringType{}};

/// "takes a list first, not `int`".
inline CallError wrong_argument(std::string_view wanted, const Type& given, std::string hint = "") {
  return {"takes " + std::string(wanted) + ", not `" + type_text(given) + "`", std::move(hint)};
}

inline CallType expect(const Type& given, const Type& wanted, std::string_view description, Type result) {
  if (!fits(given, wanted)) return tl::unexpected(wrong_argument(description, given));
  return result;
}

/// The element type of a list; a poison type stays one.
inline tl::expected<Type, CallError> element_type(const Type& given) {
  if (given.is_unknown()) return Type();
  if (const auto* list = given.as<ListType>()) return list->element;
  return tl::unexpected(wrong_argument("a list", given));
}

inline const std::string& text_of(const Value& value) { return *value.as<std::string>(); }

}  // namespace sdlrun::dsl
