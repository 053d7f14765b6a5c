// What shells need to complete sdlrun's words. The scripts ask the program itself (`sdlrun __complete`), so that they
// know params, steps and stages.
#pragma once

#include <string_view>

namespace sdlrun::cli {

/// Empty for a shell that is not known.
std::string_view completion_script(std::string_view shell);

}  // namespace sdlrun::cli
