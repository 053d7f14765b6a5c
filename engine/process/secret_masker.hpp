// Takes secrets out of what programs print, as it streams by.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::engine {

/// Replaces secrets by ***, also where one is split over several pieces, or by colours and other control characters. Of each
/// secret: itself, its long lines one by one, the same as encoders of URLs, JSON and XML write it (encoded_byte.hpp), and its base64
/// (standard and of URLs), in lines of any length, also inside longer base64 such as that of `user:password`.
class SecretMasker {
 public:
  explicit SecretMasker(const std::vector<std::string>& secrets);

  /// The text so far that is sure; an end that might be the beginning of a secret is kept for the next piece.
  std::string mask(std::string_view piece);
  /// What was kept, at the end of the stream.
  std::string finish();
  bool has_secrets() const { return !forms_.empty(); }

  /// How a secret is written, which says what may stand between and in place of its bytes.
  enum class Writing { plain, encoded, base64 };
  struct Form {
    std::string text;
    Writing writing = Writing::plain;
    auto operator<=>(const Form&) const = default;
  };

 private:
  enum class Match { none, begins, whole };
  struct Found {
    Match match = Match::none;
    std::size_t length = 0;
    std::string between = {};  // control characters and line ends among the secret's own bytes
  };

  static Found match_form(std::string_view rest, const Form& form, bool at_end);
  Found match_at(std::string_view rest, bool at_end) const;
  std::string replace(bool at_end);

  std::vector<Form> forms_;              // longest first
  std::array<bool, 256> first_bytes_{};  // that some form may begin with
  std::string kept_;
};

/// A whole text, masked.
std::string without_secrets(const std::string& text, const std::vector<std::string>& secrets);

}  // namespace sdlrun::engine
