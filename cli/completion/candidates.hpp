// What may stand at a place of the command line.
#pragma once

#include <string>
#include <vector>

namespace sdlrun::cli {

struct Candidate {
  std::string word;
  std::string description = {};  // may be empty
};

/// `words` are those behind `sdlrun`; the last is the one to be completed, perhaps empty. A file that has mistakes gives
/// no candidates; nothing is ever reported.
std::vector<Candidate> candidates(const std::vector<std::string>& words);

}  // namespace sdlrun::cli
