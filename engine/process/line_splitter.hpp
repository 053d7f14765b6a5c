// Cuts a stream of output into lines, for people who watch.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sdlrun::engine {

/// At most `most` bytes, without half a character at the end.
std::string_view beginning_of(std::string_view text, std::size_t most);

/// A line ends at \n, \r\n or \r (progress bars rewrite their line by it). Of a longer line only the first 4 KiB are given,
/// cut between characters; empty lines are left out.
class LineSplitter {
 public:
  static constexpr std::size_t longest_line = 4096;

  explicit LineSplitter(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

  void add(std::string_view piece);
  /// The last line, where no line end followed it.
  void finish();

 private:
  void keep(std::string_view part);

  std::function<void(std::string_view)> take_;
  std::string line_;
};

}  // namespace sdlrun::engine
