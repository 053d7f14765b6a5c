#include "dsl/diagnostics/diagnostic_text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "dsl/diagnostics/display_text.hpp"
#include "dsl/diagnostics/source_excerpt.hpp"

namespace sdlrun::dsl {

namespace {

bool has_place(const Sources& sources, Span span) { return static_cast<std::size_t>(span.file) < sources.size(); }

std::string_view severity_word(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

/// Writes with colours where they are asked for.
class Paint {
 public:
  Paint(bool colour, Severity severity) : colour_(colour), severity_code_(severity == Severity::error ? "1;31" : "1;33") {}

  std::string severity(std::string_view text) const { return with(severity_code_, text); }
  std::string frame(std::string_view text) const { return with("1;34", text); }
  std::string strong(std::string_view text) const { return with("1", text); }

 private:
  std::string with(std::string_view code, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  bool colour_;
  std::string_view severity_code_;
};

std::string place_text(const Sources& sources, Span span) {
  const SourceFile& file = sources.file(span.file);
  const Position position = file.position(span.begin);
  return display_text(file.path().string()) + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

/// A text whose later lines stand under its first.
std::string indented(std::string_view text, std::size_t columns) {
  std::string result;
  for (const char byte : display_text(text)) {
    result += byte;
    if (byte == '\n') result.append(columns, ' ');
  }
  return result;
}

std::string right_aligned(std::string_view text, std::size_t columns) {
  return std::string(columns > text.size() ? columns - text.size() : 0, ' ') + std::string(text);
}

/// The line with its number, and the marks under the place.
std::string excerpt_text(const SourceExcerpt& excerpt, std::size_t margin, std::string_view marks, std::string_view label,
                         const Paint& paint) {
  std::string text = paint.frame(right_aligned(std::to_string(excerpt.line), margin) + " |");
  if (!excerpt.text.empty()) text.append(1, ' ').append(excerpt.text);
  text.append(1, '\n').append(paint.frame(std::string(margin, ' ') + " |"));
  text.append(1 + excerpt.mark_column, ' ').append(marks);
  if (!label.empty()) text.append(1, ' ').append(label);
  return text.append(1, '\n');
}

std::size_t margin_of(const Sources& sources, const Diagnostic& diagnostic) {
  std::uint32_t line = sources.file(diagnostic.span.file).position(diagnostic.span.begin).line;
  for (const RelatedPlace& place : diagnostic.related) {
    if (has_place(sources, place.span)) line = std::max(line, sources.file(place.span.file).position(place.span.begin).line);
  }
  return std::to_string(line).size();
}

std::string related_text(const Sources& sources, const RelatedPlace& place, std::size_t margin, const Paint& paint) {
  if (!has_place(sources, place.span)) return "";
  const SourceExcerpt excerpt = source_excerpt(sources.file(place.span.file), place.span);
  const std::string marks = paint.frame(std::string(excerpt.mark_columns, '-'));
  return std::string(margin, ' ') + paint.frame("::: ") + place_text(sources, place.span) + "\n" +
         paint.frame(std::string(margin, ' ') + " |") + "\n" + excerpt_text(excerpt, margin, marks, paint.frame(indented(place.text, margin + 3)), paint);
}

std::string snippet(const Sources& sources, const Diagnostic& diagnostic, std::size_t margin, const Paint& paint) {
  const SourceExcerpt excerpt = source_excerpt(sources.file(diagnostic.span.file), diagnostic.span);
  const std::string marks = paint.severity(std::string(excerpt.mark_columns, '^'));
  std::string text = std::string(margin, ' ') + paint.frame("--> ") + place_text(sources, diagnostic.span) + "\n";
  text += paint.frame(std::string(margin, ' ') + " |") + "\n";
  text += excerpt_text(excerpt, margin, marks, paint.severity(indented(diagnostic.label, margin + 3)), paint);
  for (const RelatedPlace& place : diagnostic.related) text += related_text(sources, place, margin, paint);
  return text;
}

std::string counted(std::size_t count, std::string_view word) {
  return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

nlohmann::ordered_json place_json(const Sources& sources, Span span) {
  if (!has_place(sources, span)) return nlohmann::ordered_json::object();
  const SourceFile& file = sources.file(span.file);
  const Position begin = file.position(span.begin);
  const Position end = file.position(std::max(span.begin, span.end));
  return {{"file", file.path().string()}, {"line", begin.line}, {"column", begin.column}, {"end_line", end.line}, {"end_column", end.column}};
}

nlohmann::ordered_json to_json(const Sources& sources, const Diagnostic& diagnostic) {
  nlohmann::ordered_json json = {{"name", diagnostic.name},
                                 {"severity", severity_word(diagnostic.severity)},
                                 {"message", diagnostic.message},
                                 {"label", diagnostic.label},
                                 {"hint", diagnostic.hint}};
  json.update(place_json(sources, diagnostic.span));
  json["related"] = nlohmann::ordered_json::array();
  for (const RelatedPlace& place : diagnostic.related) {
    nlohmann::ordered_json related = place_json(sources, place.span);
    related["text"] = place.text;
    json["related"].push_back(std::move(related));
  }
  return json;
}

}  // namespace

std::string diagnostic_text(const Sources& sources, const Diagnostic& diagnostic, DiagnosticTextOptions options) {
  const Paint paint(options.colour, diagnostic.severity);
  const std::string title = std::string(severity_word(diagnostic.severity)) + "[" + std::string(diagnostic.name) + "]";
  std::string text = paint.severity(title) + ": " + paint.strong(indented(diagnostic.message, 2)) + "\n";
  std::size_t margin = 1;
  if (has_place(sources, diagnostic.span)) {
    margin = margin_of(sources, diagnostic);
    text += snippet(sources, diagnostic, margin, paint);
  }
  if (diagnostic.hint.empty()) return text;
  if (has_place(sources, diagnostic.span)) text += paint.frame(std::string(margin, ' ') + " |") + "\n";
  const std::string mark = std::string(margin, ' ') + " = ";
  return text + paint.frame(mark) + paint.strong("hint") + ": " + indented(diagnostic.hint, mark.size() + 6) + "\n";
}

std::string diagnostics_text(const Sources& sources, const Diagnostics& diagnostics, DiagnosticTextOptions options) {
  const std::vector<Diagnostic> all = diagnostics.sorted();
  if (all.empty()) return "";
  std::string text;
  for (const Diagnostic& diagnostic : all) text += diagnostic_text(sources, diagnostic, options) + "\n";
  const auto errors = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const Diagnostic& d) { return d.severity == Severity::error; }));
  const std::size_t warnings = all.size() - errors;
  if (errors > 0) text += counted(errors, "error");
  if (errors > 0 && warnings > 0) text += ", ";
  if (warnings > 0) text += counted(warnings, "warning");
  return text + "\n";
}

std::string diagnostics_json(const Sources& sources, const Diagnostics& diagnostics) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Diagnostic& diagnostic : diagnostics.sorted()) all.push_back(to_json(sources, diagnostic));
  constexpr int indentation = 2;
  return all.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace sdlrun::dsl
