// Text for people: what is from outside cannot drive the terminal.
#include "cli/terminal/text_width.hpp"

#include <doctest/doctest.h>

namespace sdlrun::cli {

TEST_CASE("control characters are shown by their pictures, in a line new lines too") {
  const Style plain;
  CHECK(shown_text("a\033[2Jb\a\rc\nd", plain) == "a␛[2Jb␇␍c\nd");
  CHECK(shown_line("a\nb\n", plain) == "a␊b␊");
  CHECK(shown_text("\033", plain) == "␛");
  CHECK(shown_text("", plain).empty());
}

TEST_CASE("only the colours that are painted here stay, and only where there is colour") {
  const Style colour{.colour = true, .unicode = true};
  const std::string painted = colour.paint(Tone::bad, "bad") + colour.paint(Tone::quiet, " quiet");
  CHECK(shown_text(painted, colour) == painted);
  CHECK(shown_text("\033[8mhidden\033[0m", colour) == "␛[8mhidden\033[0m");
  CHECK(shown_text("\033[1mx", Style{}) == "␛[1mx");
  CHECK(colour.colour_length("\033[35m") == 0);
  CHECK(Style{}.colour_length("\033[0m") == 0);
}

TEST_CASE("what is no control character stays as it is") {
  CHECK(shown_text("name[ä, 日本] → “x”", Style{}) == "name[ä, 日本] → “x”");
}

}  // namespace sdlrun::cli
