#include "dsl/syntax/foreign_types.hpp"

#include <algorithm>
#include <array>

namespace sdlrun::dsl {

namespace {

struct ForeignType {
  std::string_view word;
  std::string_view hint;
};

constexpr std::string_view list = "a list is written `[T]`, as in `[string]`";
constexpr std::string_view map = "a map is written `{string: T}`, as in `{string: int}`; a record `{ name: T }`";
constexpr std::string_view text = "text is `string`";
constexpr std::string_view whole = "whole numbers are `int`";
constexpr std::string_view real = "numbers with a point are `float`";
constexpr std::string_view truth = "true and false are `bool`";
constexpr std::string_view optional = "what may be none is written `T?`, as in `string?`";
constexpr std::string_view path = "a path is `file` or `dir`, as it names the one or the other";
constexpr std::string_view any = "every value has a type: say which";
constexpr std::string_view choice = "one of some words is written `enum(\"a\", \"b\")`";

constexpr std::array foreign_types = {
    ForeignType{"list", list},      ForeignType{"List", list},        ForeignType{"array", list},     ForeignType{"Array", list},
    ForeignType{"vector", list},    ForeignType{"tuple", list},       ForeignType{"set", list},       ForeignType{"map", map},
    ForeignType{"Map", map},        ForeignType{"dict", map},         ForeignType{"Dict", map},       ForeignType{"object", map},
    ForeignType{"record", map},     ForeignType{"struct", map},       ForeignType{"str", text},       ForeignType{"String", text},
    ForeignType{"text", text},      ForeignType{"integer", whole},    ForeignType{"Integer", whole},  ForeignType{"Int", whole},
    ForeignType{"long", whole},     ForeignType{"number", "numbers are `int`, or `float` with a point"},
    ForeignType{"double", real},    ForeignType{"real", real},        ForeignType{"Float", real},     ForeignType{"boolean", truth},
    ForeignType{"Boolean", truth},  ForeignType{"Bool", truth},       ForeignType{"optional", optional},
    ForeignType{"Optional", optional}, ForeignType{"Option", optional}, ForeignType{"path", path},    ForeignType{"Path", path},
    ForeignType{"folder", "a folder is `dir`"}, ForeignType{"directory", "a folder is `dir`"},
    ForeignType{"any", any},        ForeignType{"Any", any},          ForeignType{"choice", choice},  ForeignType{"Literal", choice},
};

}  // namespace

std::string_view foreign_type_hint(std::string_view word) {
  const auto* const found = std::find_if(foreign_types.begin(), foreign_types.end(), [&](const ForeignType& foreign) { return foreign.word == word; });
  return found == foreign_types.end() ? std::string_view() : found->hint;
}

}  // namespace sdlrun::dsl
