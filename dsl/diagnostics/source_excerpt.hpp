// One line of a source as a diagnostic shows it, with the columns to mark.
#pragma once

#include <cstddef>
#include <string>

#include "dsl/source/source.hpp"

namespace sdlrun::dsl {

struct SourceExcerpt {
  std::uint32_t line = 1;
  std::string text;              // harmless, and at most about 100 columns
  std::size_t mark_column = 0;   // counted in terminal columns from 0
  std::size_t mark_columns = 1;
};

/// The first line of a span. A long line is cut around the span, with `…` where something is left out.
SourceExcerpt source_excerpt(const SourceFile& file, Span span);

}  // namespace sdlrun::dsl
