// What engines print while they build: how far they are, and why they failed. Docker's classic builder, BuildKit, Podman and
// Buildah each have words of their own.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::stages::image {

struct BuildStep {
  int number = 0;
  int total = 0;
  std::string instruction = {};  // "RUN make"
};

/// "STEP 3/7: RUN make", "Step 3/7 : RUN make" and "#5 [build 3/7] RUN make".
std::optional<BuildStep> announced_step(std::string_view line);

/// What a failure is told with.
struct BuiltFrom {
  std::string dockerfile;  // its name
  std::string text;        // what is in it
  std::string folder;
  std::function<std::string(const std::string&)> why_left_out;  // of a place in the folder; empty where it is not
};

/// Takes the lines as they come.
class BuildOutput {
 public:
  /// A step that begins with this line, for who watches.
  std::optional<BuildStep> take(std::string_view line);
  /// `how_it_ended`: "exit code 1".
  engine::Error failure(const std::string& engine, const std::string& how_it_ended, const BuiltFrom& from) const;
  /// Arguments that the Dockerfile does not take, of those given.
  std::vector<std::string> unused_arguments(const std::vector<std::string>& given) const;
  /// Instructions that images in the form of OCI do not know: Podman and Buildah leave them out.
  const std::set<std::string>& left_out() const { return left_out_; }

 private:
  std::string last_words() const;
  std::string last_lines() const;

  std::deque<std::string> lines_;  // the last ones
  std::set<std::string> left_out_;
  std::string unused_;             // the engine's list of them
  BuildStep step_;                 // begun last
  std::string failed_;             // the instruction that BuildKit names as the one that failed
};

/// The line of a Dockerfile that an instruction begins in; 0 where it is not found.
int line_of(std::string_view dockerfile, std::string_view instruction);

}  // namespace sdlrun::stages::image
