#include "cli/terminal/style.hpp"

namespace sdlrun::cli {

namespace {

std::string_view code(Tone tone) {
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
  return std::string(code(tone)) + std::string(text) + "\033[0m";
}

std::string Style::mark(Mark mark) const {
  const Symbol chosen = symbol(mark);
  return paint(chosen.tone, unicode ? chosen.unicode : chosen.ascii);
}

}  // namespace sdlrun::cli
