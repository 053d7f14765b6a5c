// What a step has begun on this machine and is to be gone when the run has ended, such as containers: the program that takes
// it away.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sdlrun::engine {

struct Closing {
  /// Of what is taken away, one of each name at a time: letters, digits, `-` and `_`.
  std::string name = {};
  /// For people: "the Compose project `shop`".
  std::string what = {};
  /// Runs in the folder `/`. It may find nothing to take away, or a part.
  std::vector<std::string> command = {};
  /// What it needs besides that of the user's that every step gets. Recorded as it is: no secrets.
  std::vector<std::pair<std::string, std::string>> environment = {};
  // The engine's.
  std::string step = {};
  std::string run = {};
  std::string log = {};  // of the step, below the state folder: what the program prints goes there too
};

/// JSON.
std::string encode_closing(const Closing& closing);
std::optional<Closing> decode_closing(std::string_view text);

}  // namespace sdlrun::engine
