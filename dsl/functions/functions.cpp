#include "dsl/functions/functions.hpp"

#include <algorithm>

#include "dsl/functions/list_functions.hpp"
#include "dsl/functions/path_functions.hpp"
#include "dsl/functions/text_functions.hpp"

namespace sdlrun::dsl {

const std::vector<Function>& functions() {
  static const std::vector<Function> all = [] {
    std::vector<Function> result;
    for (const auto& group : {list_functions(), text_functions(), path_functions()}) {
      result.insert(result.end(), group.begin(), group.end());
    }
    std::sort(result.begin(), result.end(), [](const Function& a, const Function& b) { return a.name < b.name; });
    return result;
  }();
  return all;
}

const Function* find_function(std::string_view name) {
  const std::vector<Function>& all = functions();
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace sdlrun::dsl
