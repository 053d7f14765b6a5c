#include "engine/process/secret_masker.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "engine/base64.hpp"
#include "engine/process/encoded_byte.hpp"
#include "engine/process/escape_sequence.hpp"

namespace sdlrun::engine {

namespace {

/// Shorter lines of a secret of several lines, and shorter base64, occur by chance: `}` would mask all JSON.
constexpr std::size_t shortest_part = 8;
/// What stands between the bytes of a secret is not looked through for ever: a stream must not be kept back.
constexpr std::size_t most_between = 4096;

using Form = SecretMasker::Form;
using Writing = SecretMasker::Writing;

/// The digits that a secret gives wherever base64 of a longer text holds it: `before` bytes (modulo 3) stand before it,
/// and the digits it shares with its neighbours are left out.
std::string inner_base64(std::string_view secret, std::size_t before) {
  const std::string encoded = to_base64(std::string(before, '\0') + std::string(secret));
  const std::size_t shared_first = before == 0 ? 0 : before + 1;
  const std::size_t whole = (before + secret.size()) * 8 / 6;
  return whole > shared_first ? encoded.substr(shared_first, whole - shared_first) : std::string();
}

std::string of_urls(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// Itself, and as it looks in a URL, in JSON or XML, where that is not the same.
void add_plain(std::string_view text, std::set<Form>& forms) {
  forms.insert({std::string(text), Writing::plain});
  const bool is_written_alike = std::all_of(text.begin(), text.end(), [](char byte) { return std::isalnum(static_cast<unsigned char>(byte)) != 0; });
  if (!is_written_alike) forms.insert({std::string(text), Writing::encoded});
}

void add_lines(std::string_view secret, std::set<Form>& forms) {
  while (!secret.empty()) {
    std::string_view line = secret.substr(0, secret.find('\n'));
    secret.remove_prefix(std::min(secret.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= shortest_part) add_plain(line, forms);
  }
}

void add_forms(const std::string& secret, std::set<Form>& forms) {
  if (secret.empty()) return;
  add_plain(secret, forms);
  const std::string_view trimmed = std::string_view(secret).substr(0, secret.find_last_not_of("\r\n") + 1);
  if (!trimmed.empty()) add_plain(trimmed, forms);
  add_lines(secret, forms);
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string encoded = inner_base64(trimmed, before);
    if (encoded.size() < shortest_part) continue;
    forms.insert({encoded, Writing::base64});
    forms.insert({of_urls(encoded), Writing::base64});
  }
}

std::vector<Form> forms_of(const std::vector<std::string>& secrets) {
  std::set<Form> found;
  for (const std::string& secret : secrets) add_forms(secret, found);
  std::vector<Form> forms(found.begin(), found.end());
  std::stable_sort(forms.begin(), forms.end(), [](const Form& a, const Form& b) { return a.text.size() > b.text.size(); });
  return forms;
}

/// Bytes at the beginning of the text that nobody sees; 0: none. Nothing where the text ends before that can be told.
std::optional<std::size_t> unseen_length(std::string_view text, Writing writing) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (text.front() == escape) return escape_sequence_length(text);
  if (byte == 0xC2) {  // U+0080 to U+009F
    if (text.size() < 2) return std::nullopt;
    const auto next = static_cast<unsigned char>(text[1]);
    return next >= 0x80 && next < 0xA0 ? 2 : 0;
  }
  const bool is_space = byte == '\n' || byte == '\t' || byte == ' ';
  if (is_space) return writing == Writing::base64 ? 1 : 0;
  return byte < 0x20 || byte == 0x7F ? 1 : 0;
}

bool may_begin_encoded(char byte) { return encoding_marks.find(byte) != std::string_view::npos; }

}  // namespace

SecretMasker::SecretMasker(const std::vector<std::string>& secrets) : forms_(forms_of(secrets)) {
  for (const Form& form : forms_) {
    first_bytes_[static_cast<unsigned char>(form.text[0])] = true;
    if (form.writing != Writing::encoded || std::isalnum(static_cast<unsigned char>(form.text[0])) != 0) continue;
    for (const char byte : encoding_marks) first_bytes_[static_cast<unsigned char>(byte)] = true;
  }
}

SecretMasker::Found SecretMasker::match_form(std::string_view rest, const Form& form, bool at_end) {
  const auto unsure = [at_end] { return Found{at_end ? Match::none : Match::begins}; };
  std::string between;
  std::size_t place = 0;
  for (std::size_t next = 0; next < form.text.size();) {
    const std::string_view here = rest.substr(place);
    if (here.empty()) return unsure();
    if (form.writing == Writing::encoded && may_begin_encoded(here.front())) {
      if (!at_end && here.size() < longest_encoded) return unsure();
      if (const Encoded found = encoded_beginning(here, std::string_view(form.text).substr(next)); found.length > 0) {
        place += found.length;
        next += found.plain_length;
        continue;
      }
    }
    if (here.front() == form.text[next]) {
      ++place;
      ++next;
      continue;
    }
    if (next == 0) return {};
    const std::optional<std::size_t> unseen = unseen_length(here, form.writing);
    if (between.size() + unseen.value_or(here.size()) > most_between) return {};
    if (!unseen) return unsure();
    if (*unseen == 0) return {};
    between += here.substr(0, *unseen);
    place += *unseen;
  }
  return {Match::whole, place, std::move(between)};
}

SecretMasker::Found SecretMasker::match_at(std::string_view rest, bool at_end) const {
  for (const Form& form : forms_) {
    if (rest.front() != form.text.front() && !(form.writing == Writing::encoded && may_begin_encoded(rest.front()))) continue;
    Found found = match_form(rest, form, at_end);
    if (found.match != Match::none) return found;
  }
  return {};
}

std::string SecretMasker::replace(bool at_end) {
  std::string result;
  std::string_view rest = kept_;
  while (!rest.empty()) {
    const auto candidate = std::find_if(rest.begin(), rest.end(), [&](char byte) { return first_bytes_[static_cast<unsigned char>(byte)]; });
    result.append(rest.begin(), candidate);
    rest.remove_prefix(static_cast<std::size_t>(candidate - rest.begin()));
    if (rest.empty()) break;
    const Found found = match_at(rest, at_end);
    if (found.match == Match::begins) break;
    if (found.match == Match::whole) {
      result += "***" + found.between;  // a colour that begins in a secret goes on behind it
      rest.remove_prefix(found.length);
    } else {
      result += rest.front();
      rest.remove_prefix(1);
    }
  }
  kept_ = std::string(rest);
  return result;
}

std::string SecretMasker::mask(std::string_view piece) {
  if (!has_secrets()) return std::string(piece);
  kept_ += piece;
  return replace(false);
}

std::string SecretMasker::finish() { return replace(true); }

std::string without_secrets(const std::string& text, const std::vector<std::string>& secrets) {
  SecretMasker masker(secrets);
  const std::string sure = masker.mask(text);
  return sure + masker.finish();
}

}  // namespace sdlrun::engine
