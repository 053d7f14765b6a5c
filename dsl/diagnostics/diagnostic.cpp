#include "dsl/diagnostics/diagnostic.hpp"

#include <algorithm>
#include <tuple>

namespace sdlrun::dsl {

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++error_count_;
  all_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = all_;
  const auto place = [](const Diagnostic& d) { return std::tuple(d.span.file, d.span.begin, d.span.end); };
  std::stable_sort(result.begin(), result.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) { return place(a) == place(b) && a.name == b.name; };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

namespace {

/// Damerau's distance (insert, delete, replace, swap neighbours), optimal string alignment variant.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest_compared = 64;
  if (name.size() > longest_compared) return {};
  std::string_view best;
  std::size_t best_distance = 1 + (name.size() + 1) / 3;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest_compared) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates,
                         std::string_view otherwise) {
  const std::string_view nearest = nearest_name(name, candidates);
  if (nearest.empty()) return std::string(otherwise);
  return "did you mean `" + std::string(nearest) + "`?";
}

}  // namespace sdlrun::dsl
