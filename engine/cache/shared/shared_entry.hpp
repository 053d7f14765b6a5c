// What stands in a shared cache under a step's key: its outputs, and of which files they consist. Nothing in it knows the
// folder it was made in.
//
//   {"sdlrun": 1, "key": "64 digits",
//    "outputs": [["model", {"file": ["model.keras", "sha256:…"]}], …],        as value_codec.hpp has it
//    "files": [["file", "model.keras", "sha256:…", 1234], ["folder", "data"], ["link", "data/last", "7.csv"], …],
//    "warnings": ["…"], "duration_ms": 1234}
//
// Paths are relative to the folder of the step's outputs. An executable file's digest ends in "+x".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/error.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

struct SharedFile {
  FileKind kind = FileKind::regular;
  std::string path = {};
  std::string digest = {};  // of a regular file
  std::uint64_t size = 0;   // of it
  std::string target = {};  // of a link

  bool is_executable() const { return digest.ends_with("+x"); }
  /// The 64 digits in `digest`.
  std::string digits() const;
};

struct SharedEntry {
  std::string key = {};
  dsl::Fields outputs = {};
  std::vector<SharedFile> files = {};
  std::vector<std::string> warnings = {};
  Milliseconds duration{0};
};

std::string encode_shared_entry(const SharedEntry& entry);

/// The text comes from elsewhere and may be anything: what is returned is of the form above, is about `key`, and its paths
/// and links stay in their folder, with nothing below a file or a link. The error says what is wrong.
Result<SharedEntry> decode_shared_entry(std::string_view text, std::string_view key);

/// Relative, in its shortest form, without "..", and nothing the engine keeps for itself.
bool is_portable_path(std::string_view path);
/// Whether a link at `path` leads to a place below the folder that `path` is relative to, whatever other links lie there.
bool is_portable_link(std::string_view path, std::string_view target);

}  // namespace sdlrun::engine
