#include "cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>

#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

std::function<WindowSize()> window_of(int descriptor) {
  if (isatty(descriptor) == 0) return {};
  return [descriptor] {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return WindowSize{};
    return WindowSize{.columns = size.ws_col, .rows = size.ws_row};
  };
}

engine::Environment process_environment() {
  engine::Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    result.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

bool wants_colour(const Console& console, bool is_terminal, ColourChoice choice) {
  if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
  if (!console.variable("NO_COLOR").empty()) return false;
  const std::string forced = console.variable("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  return is_terminal && console.variable("TERM") != "dumb";
}

bool has_utf8_locale(const Console& console) {
  for (const std::string_view name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = console.variable(name);
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

void Screen::say(std::string_view text) const { stream << shown_text(text, style); }

void Screen::write(std::string_view bytes) const { stream << bytes; }

std::string Console::variable(std::string_view name) const {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const auto& entry) { return entry.first == name; });
  return found == variables.end() ? std::string() : found->second;
}

Style style_of(const Console& console, bool is_terminal, ColourChoice choice) {
  return {.colour = wants_colour(console, is_terminal, choice), .unicode = has_utf8_locale(console)};
}

Console process_console() {
  Console console{.input = std::cin,
                  .input_is_terminal = isatty(STDIN_FILENO) != 0,
                  .output = {.stream = std::cout, .window = window_of(STDOUT_FILENO)},
                  .errors = {.stream = std::cerr, .window = window_of(STDERR_FILENO)},
                  .variables = process_environment()};
  // A dumb terminal cannot move its cursor: it is written to like a file.
  const bool dumb = console.variable("TERM") == "dumb";
  for (Screen* screen : {&console.output, &console.errors}) {
    screen->is_terminal = screen->window && !dumb;
    screen->style = style_of(console, screen->is_terminal);
  }
  return console;
}

}  // namespace sdlrun::cli
