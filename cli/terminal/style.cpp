#include "cli/terminal/style.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::string_view end_of_colour = "\033[0m";

std::string_view colour_code(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::good: return "\033[32m";
    case Tone::bad: return "\033[1;31m";
    case Tone::caution: return "\033[33m";
    case Tone::quiet: return "\033[2m";
    case Tone::strong: return "\033[1m";
  }
  return "";
}

struct Symbol {
  std::string_view unicode;
  std::string_view ascii;
  Tone tone;
};

Symbol symbol(Mark mark) {
  switch (mark) {
    case Mark::running: return {"▸", ">", Tone::strong};
    case Mark::ran: return {"✓", "+", Tone::good};
    case Mark::cached: return {"●", "=", Tone::quiet};
    case Mark::failed: return {"✗", "x", Tone::bad};
    case Mark::skipped: return {"–", "-", Tone::quiet};
    case Mark::stopped: return {"■", "!", Tone::caution};
    case Mark::warning: return {"!", "!", Tone::caution};
  }
  return {};
}

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
  if (!colour || tone == Tone::plain || text.empty()) return std::string(text);
  return std::string(colour_code(tone)) + std::string(text) + std::string(end_of_colour);
}

std::size_t Style::colour_length(std::string_view text) const {
  if (!colour) return 0;
  for (const std::string_view code : {colour_code(Tone::good), colour_code(Tone::bad), colour_code(Tone::caution), colour_code(Tone::quiet), colour_code(Tone::strong), end_of_colour}) {
    if (text.starts_with(code)) return code.size();
  }
  return 0;
}

std::string Style::mark(Mark mark) const {
  const Symbol chosen = symbol(mark);
  return paint(chosen.tone, unicode ? chosen.unicode : chosen.ascii);
}

}  // namespace sdlrun::cli
