#include "engine/cache/canonical_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sdlrun::engine {

namespace {

// A letter for the kind, then texts with their length before them: nothing a text holds can end it.
void add_counted(std::string& text, char kind, std::string_view counted) {
  std::array<char, 24> length{};
  const auto end = std::to_chars(length.data(), length.data() + length.size(), counted.size()).ptr;
  text += kind;
  text.append(length.data(), end);
  text += ':';
  text += counted;
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";  // all of them: their bits say nothing to people
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

/// Adds to one text, so that what is inside of a value is not copied once for each level around it.
class CanonicalWriter {
 public:
  CanonicalWriter(FileDigests& digests, std::string& text) : digests_(digests), text_(text) {}

  Result<void> operator()(const dsl::None&) { return plain("N"); }
  Result<void> operator()(bool truth) { return plain(truth ? "B1" : "B0"); }
  Result<void> operator()(std::int64_t number) { return counted('I', std::to_string(number)); }
  Result<void> operator()(double number) { return counted('R', number_text(number)); }
  Result<void> operator()(const std::string& text) { return counted('T', text); }
  Result<void> operator()(const dsl::Duration& time) { return counted('U', std::to_string(time.milliseconds)); }
  Result<void> operator()(const dsl::Size& size) { return counted('Z', std::to_string(size.bytes)); }
  Result<void> operator()(const dsl::SecretValue& secret) { return counted('S', secret.name); }
  Result<void> operator()(const dsl::Handle& handle) {
    add_counted(text_, 'H', handle.type);
    return counted('T', handle.digest);
  }
  Result<void> operator()(const dsl::FileValue& file) {
    return content('F', file.path, file.digest, "sha256:", "a folder, and a file is expected here");
  }
  Result<void> operator()(const dsl::DirValue& directory) {
    return content('D', directory.path, directory.digest, "tree:", "a file, and a folder is expected here");
  }
  Result<void> operator()(const std::shared_ptr<const dsl::List>& list) {
    begin('L', list->size());
    for (const dsl::Value& element : *list) {
      if (auto written = std::visit(*this, element.data()); !written) return written;
    }
    return {};
  }
  Result<void> operator()(const dsl::Map& map) { return fields('M', *map.entries); }
  Result<void> operator()(const dsl::Record& record) { return fields('O', *record.fields); }

 private:
  Result<void> plain(std::string_view text) {
    text_ += text;
    return {};
  }

  Result<void> counted(char kind, std::string_view text) {
    add_counted(text_, kind, text);
    return {};
  }

  void begin(char kind, std::size_t size) {
    text_ += kind;
    text_ += std::to_string(size);
    text_ += ':';
  }

  Result<void> content(char kind, const std::string& path, const std::string& known, std::string_view prefix,
                       std::string_view complaint) {
    if (!known.empty()) return counted(kind, known);
    const auto digest = digests_.of(path);
    if (!digest) return tl::unexpected(digest.error());
    if (!digest->starts_with(prefix)) return failure('`' + path + "` is " + std::string(complaint));
    return counted(kind, *digest);
  }

  Result<void> fields(char kind, const dsl::Fields& fields) {
    std::vector<const std::pair<std::string, dsl::Value>*> sorted;
    for (const auto& field : fields) sorted.push_back(&field);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* left, const auto* right) { return left->first < right->first; });
    begin(kind, sorted.size());
    for (const auto* field : sorted) {
      add_counted(text_, 'T', field->first);
      if (auto written = std::visit(*this, field->second.data()); !written) return written;
    }
    return {};
  }

  FileDigests& digests_;
  std::string& text_;
};

/// Outputs of steps lie in folders named by keys, which say nothing: their own name is enough.
std::string shown_path(const std::string& text, bool is_output) {
  const std::filesystem::path path(text);
  if (is_output) return path.filename().string();
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  if (error) return text;
  const std::string relative = path.lexically_relative(here).string();
  return relative.empty() || relative.starts_with("..") ? text : relative;
}

/// "sha256:1234567890ab…" is enough to tell two apart.
std::string shown_digest(std::string_view digest) {
  constexpr std::size_t digits = 12;
  const std::size_t colon = digest.find(':');
  return std::string(digest.substr(0, colon == std::string_view::npos ? digits : colon + 1 + digits));
}

/// "data/rows.csv (sha256:1234567890ab)", where its content can be told.
std::string shown_content(const std::string& path, const std::string& known, FileDigests& digests) {
  const Result<std::string> digest = known.empty() ? digests.of(path) : Result<std::string>(known);
  const std::string shown = shown_path(path, !known.empty());
  return digest ? shown + " (" + shown_digest(*digest) + ')' : shown;
}

}  // namespace

Result<void> add_canonical_text(std::string& text, const dsl::Value& value, FileDigests& digests) {
  return std::visit(CanonicalWriter(digests, text), value.data());
}

bool is_file_or_folder(std::string_view canonical) {
  return canonical.starts_with('F') || canonical.starts_with('D');
}

std::string display_text(const dsl::Value& value, FileDigests& digests) {
  if (const auto* handle = value.as<dsl::Handle>()) return handle->type + " (" + shown_digest(handle->digest) + ')';
  return dsl::value_text(value, [&](const dsl::Value& file) {
    if (const auto* directory = file.as<dsl::DirValue>()) return shown_content(directory->path, directory->digest, digests);
    const auto& content = *file.as<dsl::FileValue>();
    return shown_content(content.path, content.digest, digests);
  });
}

}  // namespace sdlrun::engine
