// A step's key: same key, same outputs. Written down as named parts, so that a difference can be told.
//
// Key = SHA-256 over, for each part in order: length of name, name, length of value, value (lengths as 8 bytes, little
// endian), after the salt "sdlrun-key-1". Parts, in this order:
//   stage               "notebook.convert 1": full name and version
//   <stage's own>       Stage::key_parts, such as a tool's version
//   input <name>        canonical value; a file or folder as its digest, a secret as its name, a handle as its digest;
//                       in the schema's order; what Stage::keyed_inputs gives, where the stage takes less of them
//   output <name>       a declared output: type, source, path or pattern; in order of names
//   env <name>          a declared environment variable: its value, a secret as its name; in order of names
// Not in the key: the step's name, the pipeline, paths, timeouts, retries.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/values/value.hpp"
#include "engine/cache/digest.hpp"
#include "engine/error.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

struct KeyPart {
  std::string name;
  std::string value;    // what is hashed
  std::string display;  // what people see: for a file its path and the beginning of its digest
  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

struct StepKey {
  std::string hex;  // 64 digits
  std::vector<KeyPart> parts;
};

/// `inputs` are complete and evaluated; `environment` is `with { env }`, evaluated.
Result<StepKey> step_key(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs,
                         const dsl::Fields& environment, FileDigests& digests);

/// The same key's digits alone, at a fifth of the cost: a step that comes from the cache needs no more.
Result<std::string> step_key_hex(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs,
                                 const dsl::Fields& environment, FileDigests& digests);

/// The parts that `inputs` and `environment` already decide, of a step that still waits for others; what the stage
/// itself adds is left out.
Result<std::vector<KeyPart>> known_key_parts(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs,
                                             const dsl::Fields& environment, FileDigests& digests);

/// Why two keys differ, the first part that does: "input `epochs` changed: 3 → 5", "stage `x` is now version 2 (was
/// 1)", "file imdb/a.ipynb changed". Long values are shown around what differs. Empty where they are equal.
std::string key_difference(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now);

/// The name of that part; empty where they are equal.
std::string first_changed_part(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now);

/// Two texts side by side: short ones whole, of long ones what stands around the first difference.
std::pair<std::string, std::string> around_difference(std::string_view before, std::string_view now);

}  // namespace sdlrun::engine
