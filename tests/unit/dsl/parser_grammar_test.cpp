// PEGTL's own check of the grammar: no rule can loop without reading on.
#include <doctest/doctest.h>

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/analyze.hpp>

#include "dsl/syntax/grammar.hpp"

namespace sdlrun::dsl {

TEST_CASE("no rule of the grammar can loop without progress") {
  CHECK(tao::pegtl::analyze<grammar::module>() == 0);
  CHECK(tao::pegtl::analyze<grammar::lone_type>() == 0);
  CHECK(tao::pegtl::analyze<grammar::lone_expression>() == 0);
}

}  // namespace sdlrun::dsl
