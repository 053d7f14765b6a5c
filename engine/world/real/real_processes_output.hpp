// What a child prints, on its way from the pipe to its files and to those who watch.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/process/line_splitter.hpp"
#include "engine/process/log_times.hpp"
#include "engine/process/secret_masker.hpp"
#include "engine/world/real/open_files.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

/// A file that is appended to; opened when the first text comes, so that thousands of silent steps cost no descriptor, and kept
/// open between two texts where `places` has one for it, so that thousands of loud ones leave some for others.
class AppendedFile {
 public:
  AppendedFile(const std::filesystem::path& path, KeptOpen& places) : path_(path.native()), places_(places) {}
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  /// Makes the file, or empties it.
  Result<void> begin_empty();
  Result<void> append(std::string_view text);
  /// 0 where it cannot be told.
  std::uint64_t size();

 private:
  bool open();
  Result<void> write_all(std::string_view text);
  void keep_or_close();

  std::string path_;  // a path object keeps each of its parts a second time
  KeptOpen& places_;
  bool has_place_ = false;
  OwnedDescriptor file_;
};

/// A step's log, and beside it when what stands in it came (log_times.hpp).
class LogFile {
 public:
  LogFile(const std::filesystem::path& path, KeptOpen& places) : text_(path, places), times_(log_times_path(path), places) {}
  Result<void> append(std::string_view text);

 private:
  AppendedFile text_;
  AppendedFile times_;
  LogTimes stamps_;
};

/// One pipe. Secrets are masked before people or logs see the text.
class ChildOutput {
 public:
  /// `masked` gets the text without secrets, `unmasked` (which may be null) as it is.
  ChildOutput(OwnedDescriptor pipe, const std::vector<std::string>& secrets, LogFile* masked, AppendedFile* unmasked,
              const std::function<void(std::string_view)>& on_line);

  enum class State { read, nothing_there, ended };
  /// Takes at most 64 KiB of what is there. The error is that of a file that could not be written.
  Result<State> read();
  int descriptor() const { return pipe_.get(); }

 private:
  Result<void> pass_on(const std::string& text);

  OwnedDescriptor pipe_;
  SecretMasker masker_;
  LogFile* masked_;
  AppendedFile* unmasked_;
  std::optional<LineSplitter> lines_;
};

}  // namespace sdlrun::engine
