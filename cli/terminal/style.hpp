// How text may look where it is going: with colour or without, with symbols beyond ASCII or without.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sdlrun::cli {

enum class Tone { plain, good, bad, caution, quiet, strong };

/// What stands before a line about a step.
enum class Mark { running, ran, cached, failed, skipped, stopped, warning };

struct Style {
  bool colour = false;
  bool unicode = false;

  /// The text in a tone; unchanged without colour.
  std::string paint(Tone tone, std::string_view text) const;
  /// The mark's symbol in its tone; one column wide.
  std::string mark(Mark mark) const;
  /// How long the code is that the text begins with, if it is one that `paint` writes; else 0.
  std::size_t colour_length(std::string_view text) const;
  std::string_view ellipsis() const { return unicode ? "…" : "..."; }
  /// Stands between facts of one line.
  std::string_view dot() const { return unicode ? " · " : ", "; }
};

}  // namespace sdlrun::cli
