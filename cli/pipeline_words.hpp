// The words of `sdlrun FILE [name=value…] [goal…]`, told apart.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sdlrun::cli {

struct PipelineWords {
  std::string file;  // empty where the first word names none
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::string> names;  // of goals or steps
};

/// A word whose beginning up to a `=` is an identifier sets a param; others are names of steps.
PipelineWords told_apart(const std::vector<std::string>& words, bool first_is_file);

/// Whether a word means a file rather than a step or a command: it ends in `.sdl`, has a `/`, or exists.
bool names_a_file(const std::string& word);

/// Words as a shell would take them, quoted where needed, and back again.
std::string shell_text(const std::vector<std::string>& words);
std::vector<std::string> shell_words(std::string_view text);

}  // namespace sdlrun::cli
