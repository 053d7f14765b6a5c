// How wide text is on a terminal, and text made to fit. Escape sequences of colour take no room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/style.hpp"

namespace sdlrun::cli {

/// In columns: wide characters (CJK, emoji) count two, combining ones none.
std::size_t display_width(std::string_view text);

/// The text, or its beginning and an ellipsis, at most `width` columns wide.
std::string cut(std::string_view text, std::size_t width, const Style& style);

/// Text for people as it may reach them: names and values from outside stand in it, so of its control characters only new lines
/// and the colours of `style` stay what they are. The others are shown by their pictures.
std::string shown_text(std::string_view text, const Style& style);

/// The same of one line: a new line in it is shown too.
std::string shown_line(std::string_view line, const Style& style);

/// The text with blanks behind it until it is `width` columns wide.
std::string padded(std::string_view text, std::size_t width);

/// The text broken at blanks into lines of at most `width` columns; a longer word (a path, a URL) stays whole.
/// New lines in it are kept.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// A line of a program's output made harmless: what an escape sequence or a control character says to the terminal is
/// left out, of a line that overwrites itself (`\r`) the last version stays, what is not UTF-8 becomes `?`.
std::string clean_line(std::string_view line);
/// The same of each line of a text; each ends in a new line.
std::string clean_text(std::string_view text);

}  // namespace sdlrun::cli
