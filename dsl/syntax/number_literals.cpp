#include "dsl/syntax/number_literals.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/diagnostics/backticks.hpp"
#include "dsl/syntax/keywords.hpp"

namespace sdlrun::dsl {

namespace {

enum class Quantity { duration, size };

struct Unit {
  std::string_view name;
  Quantity quantity;
  std::int64_t factor;  // to milliseconds, or to bytes
};

constexpr std::int64_t kibi = 1024;
constexpr std::array units = {
    Unit{"ms", Quantity::duration, 1},
    Unit{"s", Quantity::duration, 1000},
    Unit{"m", Quantity::duration, 60 * 1000},
    Unit{"h", Quantity::duration, 3600 * 1000},
    Unit{"d", Quantity::duration, 24 * 3600 * 1000},
    Unit{"B", Quantity::size, 1},
    Unit{"kB", Quantity::size, 1000},
    Unit{"KB", Quantity::size, 1000},
    Unit{"MB", Quantity::size, 1000 * 1000},
    Unit{"GB", Quantity::size, 1000 * 1000 * 1000},
    Unit{"TB", Quantity::size, 1'000'000'000'000},
    Unit{"KiB", Quantity::size, kibi},
    Unit{"MiB", Quantity::size, kibi * kibi},
    Unit{"GiB", Quantity::size, kibi* kibi* kibi},
    Unit{"TiB", Quantity::size, kibi* kibi* kibi* kibi},
};

const Unit* find_unit(std::string_view name) {
  const auto* const found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : found;
}

/// One number with what stands behind it: `30m`, `1.5`, `7`.
struct NumberPart {
  std::string_view digits;  // with fraction and exponent
  std::string_view unit;
  bool whole = true;
  std::size_t begin = 0;
};

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
  return at;
}

std::size_t skip_exponent(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  std::size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  return digits < text.size() && is_digit(text[digits]) ? skip_digits(text, digits) : at;
}

NumberPart next_number(std::string_view text, std::size_t begin) {
  const std::size_t whole_end = skip_digits(text, begin);
  std::size_t end = whole_end;
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) end = skip_digits(text, end + 1);
  end = skip_exponent(text, end);
  std::size_t unit_end = end;
  while (unit_end < text.size() && is_name_start(text[unit_end])) ++unit_end;
  return {.digits = text.substr(begin, end - begin),
          .unit = text.substr(end, unit_end - end),
          .whole = end == whole_end,
          .begin = begin};
}

std::string without_underscores(std::string_view digits) {
  std::string result(digits);
  result.erase(std::remove(result.begin(), result.end(), '_'), result.end());
  return result;
}

template <typename Number>
std::optional<Number> convert(std::string_view digits) {
  const std::string text = without_underscores(digits);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

NumberError error_at(std::string_view name, std::string message, std::string hint, std::size_t begin, std::size_t end) {
  return {.name = name, .message = std::move(message), .hint = std::move(hint), .begin = begin, .end = end};
}

NumberError out_of_range(std::string_view text, std::string_view what, std::string_view rule) {
  return error_at("number-out-of-range", in_backticks(text) + " is too large for " + std::string(what), std::string(rule), 0,
                  text.size());
}

tl::expected<ExpressionNode, NumberError> plain_number(std::string_view text, const NumberPart& part) {
  if (part.whole) {
    if (const auto value = convert<std::int64_t>(part.digits)) return IntLiteral{*value};
    return tl::unexpected(out_of_range(text, "an int", "ints go from -9223372036854775807 to 9223372036854775807; a float such as `1e20` goes further"));
  }
  if (const auto value = convert<double>(part.digits)) return FloatLiteral{*value};
  return tl::unexpected(out_of_range(text, "a float", "floats reach from about 2.3e-308 to 1.7e308"));
}

struct OtherSpelling {
  std::string_view written;
  std::string_view meant;
};

constexpr std::array other_spellings = {
    OtherSpelling{"sec", "s"},   OtherSpelling{"secs", "s"},   OtherSpelling{"S", "s"},     OtherSpelling{"second", "s"},
    OtherSpelling{"seconds", "s"}, OtherSpelling{"min", "m"},  OtherSpelling{"mins", "m"},  OtherSpelling{"minutes", "m"},
    OtherSpelling{"hour", "h"},  OtherSpelling{"hours", "h"},  OtherSpelling{"H", "h"},     OtherSpelling{"day", "d"},
    OtherSpelling{"days", "d"},  OtherSpelling{"D", "d"},      OtherSpelling{"b", "B"},     OtherSpelling{"k", "kB"},
    OtherSpelling{"K", "KiB"},   OtherSpelling{"M", "MiB"},    OtherSpelling{"G", "GiB"},   OtherSpelling{"g", "GiB"},
    OtherSpelling{"T", "TiB"},   OtherSpelling{"kb", "kB"},    OtherSpelling{"mb", "MB"},   OtherSpelling{"gb", "GB"},
    OtherSpelling{"tb", "TB"},   OtherSpelling{"Mi", "MiB"},   OtherSpelling{"Gi", "GiB"},  OtherSpelling{"Ki", "KiB"},
};

std::string meant_unit(std::string_view written) {
  const auto* const found = std::find_if(other_spellings.begin(), other_spellings.end(),
                                         [&](const OtherSpelling& other) { return other.written == written; });
  return found == other_spellings.end() ? std::string() : "did you mean " + in_backticks(found->meant) + "?";
}

NumberError unknown_unit(const NumberPart& part) {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Unit& unit : units) all.push_back(unit.name);
    return all;
  }();
  const std::size_t begin = part.begin + part.digits.size();
  constexpr std::string_view rule = "durations take d, h, m, s and ms; sizes take B, kB, MB, GB, TB, KiB, MiB, GiB and TiB";
  std::string hint = meant_unit(part.unit);
  if (hint.empty()) hint = did_you_mean(part.unit, names, rule);
  return error_at("unknown-unit", in_backticks(part.unit) + " is no unit", std::move(hint), begin, begin + part.unit.size());
}

/// `2h30m`: whole numbers with units of one quantity, added up.
tl::expected<ExpressionNode, NumberError> quantity(std::string_view text, Quantity kind) {
  std::int64_t total = 0;
  for (std::size_t at = 0; at < text.size();) {
    const NumberPart part = next_number(text, at);
    const Unit* const unit = find_unit(part.unit);
    const std::size_t end = at + part.digits.size() + part.unit.size();
    if (part.unit.empty()) {
      return tl::unexpected(error_at("unknown-unit", in_backticks(part.digits) + " has no unit", "such as `2h30m`", at, end));
    }
    if (unit == nullptr) return tl::unexpected(unknown_unit(part));
    if (unit->quantity != kind) {
      return tl::unexpected(error_at("unknown-unit", "durations and sizes do not mix", "such as `2h30m` or `512MiB`", at, end));
    }
    if (!part.whole) {
      return tl::unexpected(error_at("fraction-with-unit", in_backticks(text) + " is not a whole number of its unit",
                                     "take a smaller unit: `90m` for one and a half hours, `1536MiB` for 1.5 GiB", at, end));
    }
    const auto count = convert<std::int64_t>(part.digits);
    std::int64_t amount = 0;
    if (!count || __builtin_mul_overflow(*count, unit->factor, &amount) ||
        __builtin_add_overflow(total, amount, &total)) {
      return tl::unexpected(kind == Quantity::duration ? out_of_range(text, "a duration", "durations go up to 292 million years")
                                                       : out_of_range(text, "a size", "sizes go up to 8 EiB"));
    }
    at = end;
  }
  if (kind == Quantity::duration) return DurationLiteral{total};
  return SizeLiteral{total};
}

}  // namespace

tl::expected<ExpressionNode, NumberError> number_literal(std::string_view text) {
  const NumberPart first = next_number(text, 0);
  if (first.unit.empty()) return plain_number(text, first);
  const Unit* const unit = find_unit(first.unit);
  if (unit == nullptr) return tl::unexpected(unknown_unit(first));
  return quantity(text, unit->quantity);
}

}  // namespace sdlrun::dsl
