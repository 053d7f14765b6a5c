// What `.dockerignore` means, by Docker's own rules (https://docs.docker.com/build/concepts/context/#dockerignore-files): a
// pattern a line, `*` and `?` within a name, `**` for any number of folders, `!` for what is taken all the same. The last line
// that matches an entry or a folder above it decides.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache/tree.hpp"
#include "engine/error.hpp"

namespace sdlrun::stages::image {

class IgnoreFile final : public engine::TreeFilter {
 public:
  /// Ignores nothing.
  IgnoreFile();
  IgnoreFile(IgnoreFile&&) noexcept;
  IgnoreFile& operator=(IgnoreFile&&) noexcept;
  ~IgnoreFile() override;

  /// `where` names the file in errors.
  static engine::Result<IgnoreFile> parse(std::string_view text, const std::string& where);

  bool takes(const std::string& place) const override { return deciding_line(place) == nullptr; }
  bool may_take_below(const std::string& place) const override;
  /// The line that leaves it out, as it is written; null where it is taken.
  const std::string* deciding_line(const std::string& place) const;

 private:
  struct Rule;
  static engine::Result<Rule> rule_of(std::string line, const std::string& where);

  std::vector<Rule> rules_;
};

}  // namespace sdlrun::stages::image
