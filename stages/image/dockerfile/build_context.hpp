// The folder that a Dockerfile is built from, without what its ignore file names. What counts is decided here and for all
// engines alike: they get a copy that holds no ignore file, so that what was built is what the key says.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "engine/cache/tree.hpp"
#include "engine/world/files.hpp"
#include "stages/image/dockerfile/ignore_file.hpp"

namespace sdlrun::stages::image {

class BuildContext final : public engine::TreeFilter {
 public:
  /// Without a Dockerfile it is the folder's `Dockerfile`. `NAME.dockerignore` beside it is what is left out, else
  /// `.dockerignore` of the folder.
  static engine::Result<BuildContext> find(const engine::Files& files, const std::filesystem::path& folder, const std::optional<std::filesystem::path>& dockerfile);

  bool takes(const std::string& place) const override { return ignore_files_.count(place) == 0 && ignored_.takes(place); }
  bool may_take_below(const std::string& place) const override { return ignore_files_.count(place) == 0 && ignored_.may_take_below(place); }

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& dockerfile() const { return dockerfile_; }
  /// "`.dockerignore` leaves it out, by its line `*.txt`"; empty where it is taken.
  std::string why_left_out(const std::string& place) const;

  /// Copies what counts into a folder that is not there yet, with permissions and times.
  engine::Result<void> copy_to(const engine::Files& files, const std::filesystem::path& target, const std::function<bool()>& is_stopped) const;

 private:
  BuildContext() = default;

  std::filesystem::path folder_;
  std::filesystem::path dockerfile_;
  std::string ignored_by_;  // the ignore file's name
  IgnoreFile ignored_;
  std::set<std::string> ignore_files_;
};

}  // namespace sdlrun::stages::image
