#include "cli/literal_words.hpp"

#include <algorithm>

#include "dsl/syntax/number_literals.hpp"

namespace sdlrun::cli {

namespace {

template <typename Literal>
std::optional<Literal> literal_in(std::string_view text) {
  const auto is_digit = [](char byte) { return byte >= '0' && byte <= '9'; };
  const auto is_plain = [&](char byte) { return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); };
  if (text.empty() || !is_digit(text.front()) || !std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  const auto literal = dsl::number_literal(text);
  const auto* found = literal ? std::get_if<Literal>(&*literal) : nullptr;
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<engine::Milliseconds> duration_in(std::string_view text) {
  const auto found = literal_in<dsl::DurationLiteral>(text);
  return found ? std::optional(engine::Milliseconds(found->milliseconds)) : std::nullopt;
}

std::optional<std::uint64_t> size_in(std::string_view text) {
  const auto found = literal_in<dsl::SizeLiteral>(text);
  return found ? std::optional(static_cast<std::uint64_t>(found->bytes)) : std::nullopt;
}

}  // namespace sdlrun::cli
