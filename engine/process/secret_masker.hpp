// Takes secrets out of what programs print, as it streams by.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::engine {

/// All that a secret may look like: itself, its long lines one by one, and its base64 forms (standard and of URLs), also inside
/// longer base64 such as that of `user:password`. The longest first.
std::vector<std::string> secret_forms(const std::vector<std::string>& secrets);

/// Replaces secrets by ***, in each of their forms, also where one is split over several pieces.
class SecretMasker {
 public:
  explicit SecretMasker(const std::vector<std::string>& secrets);

  /// The text so far that is sure; an end that might be the beginning of a secret is kept for the next piece.
  std::string mask(std::string_view piece);
  /// What was kept, at the end of the stream.
  std::string finish();
  bool has_secrets() const { return !patterns_.empty(); }

 private:
  enum class Match { none, begins, whole };
  struct Found {
    Match match = Match::none;
    std::size_t length = 0;
  };

  Found match_at(std::string_view rest, bool at_end) const;
  std::string replace(bool at_end);

  std::vector<std::string> patterns_;        // longest first
  std::array<bool, 256> first_bytes_{};      // that some pattern begins with
  std::string kept_;
};

}  // namespace sdlrun::engine
