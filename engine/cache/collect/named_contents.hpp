// Which contents of the store results name.
#pragma once

#include <string>
#include <unordered_set>

#include "dsl/values/value.hpp"

namespace sdlrun::engine {

/// By digest, whatever the kind.
class NamedContents {
 public:
  void add(const dsl::Fields& outputs);
  /// Of a file in the store, as its path below it reads: "ab/cdef…-1234+x", "ab/cdef….tree".
  bool contains(const std::string& folder, const std::string& name) const;

 private:
  std::unordered_set<std::string> digits_;
};

}  // namespace sdlrun::engine
