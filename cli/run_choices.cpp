#include "cli/run_choices.hpp"

namespace sdlrun::cli {

void RunChoices::declare(Options& options) {
  options.words(given);
  options.number("-j,--jobs", jobs, "at most so many steps at once (as many as there are processors)");
  options.flag("-k,--keep-going", keep_going, "after a failure, run all that does not need the failed step");
  options.flag("--fail-fast", fail_fast, "after a failure, start nothing more (the default)");
  options.text("--profile", profile, "NAME", "take params from this profile of sdl.yaml");
  options.flag("-q,--quiet", quiet, "say only what fails");
  options.flag("-v,--verbose", verbose, "show all that steps print");
  common.declare(options);
}

OpenRequest RunChoices::request() const { return {.words = told_apart(given, true), .profile = profile}; }

}  // namespace sdlrun::cli
