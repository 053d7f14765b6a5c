// What `sdlrun FILE …` takes, also where a past run's command line is read again.
#pragma once

#include <string>
#include <vector>

#include "cli/common_options.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/run_report.hpp"

namespace sdlrun::cli {

struct RunChoices {
  std::vector<std::string> given;
  std::string profile;
  std::size_t jobs = 0;
  bool keep_going = false;
  bool fail_fast = false;
  bool quiet = false;
  bool verbose = false;
  CommonOptions common;

  void declare(Options& options);
  OpenRequest request() const;
  Loudness loudness() const { return quiet ? Loudness::quiet : verbose ? Loudness::verbose : Loudness::normal; }
};

}  // namespace sdlrun::cli
