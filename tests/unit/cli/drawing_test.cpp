// What drawings are made of: text made safe, lanes, layers.
#include <doctest/doctest.h>

#include <algorithm>

#include "cli/history/lanes.hpp"
#include "cli/history/layered_layout.hpp"
#include "engine/html/markup.hpp"

using namespace sdlrun::cli;
using sdlrun::engine::Markup;

namespace {

std::string text(std::string_view plain) { return Markup::text(plain).string(); }

}  // namespace

TEST_CASE("no text becomes markup") {
  CHECK(text("<a href=\"x\">&amp;</a> ]]>") == "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt; ]]&gt;");
  CHECK(Markup::element("p", {{"title", "\"\n\t<"}, {"class", ""}}, Markup::text("é✓")).string() == "<p title=\"&quot;&#10;&#9;&lt;\">é✓</p>");
}

TEST_CASE("what XML has no place for is shown by a picture, what is not UTF-8 by a mark") {
  CHECK(text(std::string_view("\0\x1b\x7f", 3)) == "␀␛\uFFFD");
  CHECK(text("a\r\nb\rc") == "a\nb␍c");
  CHECK(text("\xff\xc3") == "\uFFFD\uFFFD");
  CHECK(text("\xC2\x85 \xEF\xBF\xBE \xEF\xBF\xBF \xED\xA0\x80") == "\uFFFD \uFFFD \uFFFD \uFFFD\uFFFD\uFFFD");
}

TEST_CASE("intervals that overlap lie on different lanes, others on as few as can be") {
  using engine_milliseconds = sdlrun::engine::Milliseconds;
  const auto interval = [](int begin, int end) { return Interval{engine_milliseconds(begin), engine_milliseconds(end)}; };
  CHECK(lanes_of({}).empty());
  CHECK(lanes_of({interval(0, 10), interval(10, 20), interval(5, 15), interval(15, 20), interval(16, 17)}) == std::vector<std::size_t>{0, 0, 1, 1, 2});
  CHECK(lanes_of({interval(5, 6), interval(0, 9)}) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("a node stands behind all that it comes after, and no two in one place") {
  // A diamond, a long edge beside it, and one alone.
  const std::vector<std::vector<std::size_t>> after = {{}, {0}, {0}, {1, 2}, {3, 0}, {}};
  const auto layout = layered_layout(after);
  REQUIRE(layout);
  CHECK(layout->layers == 4);
  REQUIRE(layout->edges.size() == 6);
  std::size_t edge = 0;
  for (std::size_t node = 0; node < after.size(); ++node) {
    for (const std::size_t before : after[node]) {
      CHECK(layout->nodes[node].layer > layout->nodes[before].layer);
      CHECK(layout->edges[edge].front().layer == layout->nodes[before].layer);
      CHECK(layout->edges[edge].back().row == layout->nodes[node].row);
      ++edge;
    }
    for (std::size_t other = 0; other < node; ++other) {
      const bool same_layer = layout->nodes[node].layer == layout->nodes[other].layer;
      CHECK((!same_layer || std::abs(layout->nodes[node].row - layout->nodes[other].row) > 0.99));
    }
    CHECK(layout->nodes[node].row >= 0);
    CHECK(layout->nodes[node].row <= layout->rows - 0.99);
  }
}

TEST_CASE("a node stands behind one that was added later") {
  // The last two were found by a gate, 1, and 2 waits for them.
  const std::vector<std::vector<std::size_t>> after = {{}, {0}, {1, 4}, {1}, {3}};
  const auto layout = layered_layout(after);
  REQUIRE(layout);
  std::vector<std::size_t> layers;
  for (const auto& node : layout->nodes) layers.push_back(node.layer);
  CHECK(layers == std::vector<std::size_t>{0, 1, 4, 2, 3});
}

TEST_CASE("a chain is drawn as a straight line") {
  const auto layout = layered_layout({{}, {0}, {1}, {2}});
  REQUIRE(layout);
  CHECK(layout->rows == 1);
}

TEST_CASE("what nobody could read is not drawn") {
  CHECK(!layered_layout(std::vector<std::vector<std::size_t>>(1000)));
  std::vector<std::vector<std::size_t>> dense(250);
  for (std::size_t node = 1; node < dense.size(); ++node) {
    for (std::size_t before = 0; before < node; ++before) dense[node].push_back(before);
  }
  CHECK(!layered_layout(dense));
  CHECK(layered_layout({})->nodes.empty());
}
