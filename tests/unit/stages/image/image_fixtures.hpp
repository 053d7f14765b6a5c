// What the tests of images share.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/world/fake/fake_files.hpp"
#include "stages/image/layer/gunzip.hpp"
#include "stages/image/layer/layer_file.hpp"
#include "stages/image/layer/tar_reader.hpp"
#include "tests/unit/contains.hpp"

namespace sdlrun::stages::image::tests {

template <typename T>
T need(engine::Result<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <typename T>
std::string message(const engine::Result<T>& result) {
  return result ? std::string("no error") : result.error().message;
}

inline void write(engine::FakeFiles& files, const std::filesystem::path& path, std::string_view text) {
  need(files.make_directories(path.parent_path()));
  need(files.write(path, text));
}

inline std::string unzipped(std::string_view bytes) {
  std::string text;
  Gunzip gunzip([&](std::string_view piece) { text += piece; return engine::Result<void>(); });
  need(gunzip.add(bytes));
  need(gunzip.finish());
  return text;
}

inline std::string zipped(std::string_view text, unsigned threads = 2) {
  std::string bytes;
  ParallelGzip gzip(threads, [&](std::string_view piece) { bytes += piece; return engine::Result<void>(); });
  need(gzip.add(text));
  need(gzip.finish());
  return bytes;
}

/// "opt/ 755", "opt/a 644 hello", "opt/l -> a", a line an entry.
inline std::string listed(std::string_view tar, std::size_t piece = 1 << 20) {
  std::string lines;
  const auto on_entry = [&](const TarEntry& entry) {
    constexpr std::string_view digits = "01234567";
    std::string mode;
    for (unsigned rest = entry.mode; rest > 0; rest /= 8) mode.insert(mode.begin(), digits[rest % 8]);
    lines += (lines.empty() ? "" : "\n") + entry.name + (entry.type == '2' ? " -> " + entry.target : ' ' + mode);
    if (entry.type == '0' && entry.size > 0) lines += ' ';
    CHECK(entry.user == 0);
    CHECK(entry.group == 0);
    return engine::Result<void>();
  };
  TarReader reader({.on_entry = on_entry, .on_content = [&](std::string_view bytes) { lines += bytes; return engine::Result<void>(); }});
  for (std::size_t at = 0; at < tar.size(); at += piece) need(reader.add(tar.substr(at, piece)));
  need(reader.finish());
  return lines;
}

inline std::string layer_of(engine::FakeFiles& files, const LayerEntries& entries, const BaseTree& base = {}) {
  const MadeLayer layer = need(make_layer({.files = files, .blobs = "/blobs", .threads = 2}, need(placed_above(base, entries))));
  return need(files.read("/blobs/" + digits_of(layer.blob.digest)));
}

}  // namespace sdlrun::stages::image::tests
