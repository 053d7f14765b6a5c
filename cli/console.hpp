// What a command sees of the outside: its streams, what they can show, and the environment. A value, so that every
// command runs in memory in tests.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "cli/terminal/style.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::cli {

struct WindowSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// A stream for people, and what it can show.
struct Screen {
  std::ostream& stream;
  bool is_terminal = false;
  Style style = {};
  /// Asked before each use, as the window may change. Empty where there is no terminal.
  std::function<WindowSize()> window = {};

  /// The way out for text that people read: what stands in it from outside cannot move the cursor, set a title or hide text.
  void say(std::string_view text) const;
  /// The way out for what programs read, and for files: every byte as it is.
  void write(std::string_view bytes) const;

  /// How wide text may be; unlimited where there is no terminal.
  std::size_t columns() const { return window ? window().columns : unlimited; }
};

struct Console {
  std::istream& input;
  bool input_is_terminal = false;
  Screen output;
  Screen errors;
  engine::Environment variables;

  /// Empty where it is not set.
  std::string variable(std::string_view name) const;
};

enum class ColourChoice { automatic, always, never };

/// Colour by choice, else by NO_COLOR, CLICOLOR_FORCE and TERM; symbols beyond ASCII where the locale is UTF-8.
Style style_of(const Console& console, bool is_terminal, ColourChoice choice = ColourChoice::automatic);

/// The process's own console.
Console process_console();

}  // namespace sdlrun::cli
