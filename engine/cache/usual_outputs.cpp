#include "engine/cache/usual_outputs.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace sdlrun::engine {

namespace {

class UsualOutputs {
 public:
  UsualOutputs(std::string_view rest, const std::string& folder) : rest_(rest), folder_(folder) {}

  std::optional<dsl::Fields> fields() {
    dsl::Fields fields;
    if (!take("[")) return std::nullopt;
    if (take("]")) return rest_.empty() ? std::optional(std::move(fields)) : std::nullopt;
    do {
      const auto name = take("[") ? text() : std::nullopt;
      auto content = name && take(",") ? value() : std::nullopt;
      if (!content || !take("]")) return std::nullopt;
      fields.emplace_back(std::string(*name), std::move(*content));
    } while (take(","));
    return take("]") && rest_.empty() ? std::optional(std::move(fields)) : std::nullopt;
  }

 private:
  bool take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  std::optional<std::string_view> text() {
    if (!take("\"")) return std::nullopt;
    const auto is_usual = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_usual);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return take("\"") ? std::optional(found) : std::nullopt;
  }

  std::optional<dsl::Value> value() {
    if (take("null")) return dsl::Value();
    if (take("true")) return dsl::Value::boolean(true);
    if (take("false")) return dsl::Value::boolean(false);
    if (take("{\"file\":[")) return content<dsl::FileValue>();
    if (take("{\"dir\":[")) return content<dsl::DirValue>();
    if (rest_.starts_with('"')) {
      const auto found = text();
      return found ? std::optional(dsl::Value::text(*found)) : std::nullopt;
    }
    return rest_.starts_with('[') ? list() : number();
  }

  template <typename Kind>
  std::optional<dsl::Value> content() {
    const auto path = text();
    const auto digest = path && take(",") ? text() : std::nullopt;
    if (!digest || !take("]}")) return std::nullopt;
    const bool is_below = !path->empty() && !path->starts_with('/');
    std::string full = is_below ? folder_ + '/' : std::string();
    full += *path;
    return dsl::Value(Kind{std::move(full), std::string(*digest)});
  }

  std::optional<dsl::Value> list() {
    constexpr int deepest = 20;  // what nests deeper is not usual
    if (depth_ == deepest || !take("[")) return std::nullopt;
    ++depth_;
    dsl::List elements;
    if (!rest_.starts_with(']')) {
      do {
        auto element = value();
        if (!element) return std::nullopt;
        elements.push_back(std::move(*element));
      } while (take(","));
    }
    --depth_;
    return take("]") ? std::optional(dsl::Value::list(std::move(elements))) : std::nullopt;
  }

  std::optional<dsl::Value> number() {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return dsl::Value::integer(number);  // what follows a fraction's beginning is no comma and no bracket
  }

  std::string_view rest_;
  const std::string& folder_;
  int depth_ = 0;
};

}  // namespace

std::optional<dsl::Fields> decode_usual_outputs(std::string_view json, const std::filesystem::path& state_folder) {
  return UsualOutputs(json, state_folder.native()).fields();
}

}  // namespace sdlrun::engine
