// Diagnostics as people read them: file, line and column, the line itself, a caret, the expectation and a hint.
#pragma once

#include <string>

#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::dsl {

struct DiagnosticTextOptions {
  bool colour = false;
};

/// One diagnostic, ending in a new line:
///
///     error[unknown-name]: there is no `trian` here
///       --> imdb.sdl:12:13
///        |
///     12 |   output m = trian.model
///        |              ^^^^^ not declared
///        |
///        = hint: did you mean `train`?
std::string diagnostic_text(const Sources& sources, const Diagnostic& diagnostic, DiagnosticTextOptions options = {});

/// All of them in source order, a blank line between, then a count ("2 errors, 1 warning").
std::string diagnostics_text(const Sources& sources, const Diagnostics& diagnostics, DiagnosticTextOptions options = {});

/// A JSON array with an object a diagnostic: name, severity, message, label, hint, file, line, column, end_line, end_column, related.
std::string diagnostics_json(const Sources& sources, const Diagnostics& diagnostics);

}  // namespace sdlrun::dsl
