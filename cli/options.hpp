// A command's options and words. CLI11 does the parsing, behind this one file, as its header takes long to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"

namespace sdlrun::cli {

/// Declares what a command takes, then parses. Targets must outlive the parsing.
class Options {
 public:
  /// `usage` stands behind "sdlrun " in help and in hints: "plan FILE [name=value…] [goal…]".
  Options(std::string command, std::string usage, std::string description);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  void flag(const std::string& names, bool& target, const std::string& doc);
  void text(const std::string& names, std::string& target, const std::string& placeholder, const std::string& doc);
  /// May be given several times.
  void texts(const std::string& names, std::vector<std::string>& target, const std::string& placeholder, const std::string& doc);
  /// A whole number of at least 1.
  void number(const std::string& names, std::size_t& target, const std::string& doc);
  /// All words that are not options.
  void words(std::vector<std::string>& target);
  /// Stands at the end of the help: examples, exit codes.
  void footer(const std::string& text);

  /// Nothing where the command is to go on; else the exit code, after printing help or what is wrong.
  std::optional<int> parse(const std::vector<std::string>& arguments, const Console& console);

  /// Says what is wrong with the words and gives the exit code for it.
  int refuse(const Console& console, const std::string& message, std::string hint = "") const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sdlrun::cli
