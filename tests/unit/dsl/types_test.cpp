// What fits where: dsl/types/type.hpp.
#include <doctest/doctest.h>

#include "dsl/types/type.hpp"

using namespace sdlrun::dsl;

namespace {

Type integer(std::optional<std::int64_t> low = {}, std::optional<std::int64_t> high = {}) { return Type(IntType{low, high}); }
const Type text{StringType{}};

}  // namespace

TEST_CASE("a range fits into a wider one") {
  CHECK(fits(integer(2, 3), integer(1, 10)));
  CHECK(fits(integer(2, 3), integer()));
  CHECK_FALSE(fits(integer(), integer(1, 10)));
  CHECK_FALSE(fits(integer(0, 3), integer(1, 10)));
}

TEST_CASE("ranges that overlap may fit, those that do not cannot") {
  CHECK(may_fit(integer(), integer(1, 10)));
  CHECK(may_fit(integer(0, 3), integer(1, 10)));
  CHECK_FALSE(may_fit(integer(11, 20), integer(1, 10)));
  CHECK_FALSE(may_fit(integer(std::nullopt, 0), integer(1)));
}

TEST_CASE("an enum is a string, a string is no enum") {
  const Type small{EnumType{{"a", "b"}}}, large{EnumType{{"a", "b", "c"}}};
  CHECK(fits(small, text));
  CHECK(fits(small, large));
  CHECK_FALSE(fits(large, small));
  CHECK_FALSE(fits(text, small));
}

TEST_CASE("none and a value fit an optional, an optional fits no value") {
  const Type optional{OptionalType{text}};
  CHECK(fits(text, optional));
  CHECK(fits(Type(NoneType{}), optional));
  CHECK_FALSE(fits(optional, text));
}

TEST_CASE("a record may leave out optional fields only, and have no others") {
  const Type wanted{RecordType{{{"name", text}, {"note", Type(OptionalType{text})}}, "Model"}};
  CHECK(fits(Type(RecordType{{{"name", text}}, ""}), wanted));
  CHECK_FALSE(fits(Type(RecordType{{{"note", text}}, ""}), wanted));
  CHECK_FALSE(fits(Type(RecordType{{{"name", text}, {"size", integer()}}, ""}), wanted));
}

TEST_CASE("ints do not become floats, nor strings files") {
  CHECK_FALSE(fits(integer(), Type(FloatType{})));
  CHECK_FALSE(fits(text, Type(FileType{})));
  CHECK_FALSE(fits(text, Type(SecretType{text})));
}

TEST_CASE("what was reported as wrong fits everywhere") {
  CHECK(fits(Type(), integer(1, 2)));
  CHECK(fits(text, Type()));
}

TEST_CASE("the common type of two values") {
  CHECK(common_type(integer(1, 1), integer(5, 5)) == integer(1, 5));
  CHECK(common_type(text, Type(NoneType{})) == Type(OptionalType{text}));
  CHECK(common_type(Type(ListType{integer(1, 1)}), Type(ListType{integer(2, 2)})) == Type(ListType{integer(1, 2)}));
  CHECK_FALSE(common_type(text, integer()).has_value());
}

TEST_CASE("types are written as users write them") {
  CHECK(type_text(integer(1, 1000)) == "int(1..1000)");
  CHECK(type_text(Type(MapType{Type(ListType{text})})) == "{string: [string]}");
  CHECK(type_text(Type(OptionalType{Type(UnionType{{text, Type(FileType{})}})})) == "(string | file)?");
  CHECK(type_text(Type(RecordType{{{"name", text}}, ""})) == "{name: string}");
  CHECK(type_text(Type(RecordType{{{"name", text}}, "Model"})) == "Model");
  CHECK(type_text(Type(EnumType{{"a", "b"}})) == "enum(\"a\", \"b\")");
}
