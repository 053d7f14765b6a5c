// How the engine and the stages report failure: as a value. No exception crosses a folder.
#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "dsl/source/source.hpp"

namespace sdlrun::engine {

/// Lower case, no full stop; names the path, program or URL it is about.
struct Error {
  std::string message;
  /// What to do next; may be empty.
  std::string hint = {};
  /// Lines that belong to it, such as a Python traceback; may be empty.
  std::string detail = {};
  /// Whether trying again may help: a connection that was cut off, not a name that is wrong.
  bool transient = false;
  /// Where in the pipeline's files it is written, for what a value shows when it is known.
  std::optional<dsl::Span> span = {};
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message, std::string hint = {}, std::string detail = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(hint), std::move(detail)});
}

}  // namespace sdlrun::engine
