#include "engine/unchanged/note.hpp"

#include <nlohmann/json.hpp>

#include "engine/cache/digest.hpp"
#include "engine/cache/id_ranges.hpp"
#include "engine/cache/value_codec.hpp"
#include "engine/unchanged/note_bytes.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

constexpr std::string_view note_beginning = "sdlrun-unchanged-1 ";
constexpr std::size_t digest_size = 64;

// ---- the run -------------------------------------------------------------------------------------------------------

std::string encode_run(const UnchangedRun& run, const std::filesystem::path& state_folder) {
  json outputs = json::array();
  for (const OutputPublished& output : run.outputs) {
    outputs.push_back(json::array({encode_text(output.name), encode_value(output.value, state_folder), encode_text(output.link.string())}));
  }
  const json object = {{"pipeline", encode_text(run.record.pipeline)},
                       {"file", encode_text(run.record.file)},
                       {"command", encode_text(run.record.command)},
                       {"cached", run.record.cached},
                       {"cached_attempts", id_ranges(run.record.cached_attempts)},
                       {"cpus", run.cpus},
                       {"memory", run.memory_bytes},
                       {"outputs", std::move(outputs)}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<OutputPublished> decode_output(const json& texts, const std::filesystem::path& state_folder) {
  if (!texts.is_array() || texts.size() != 3) return std::nullopt;
  auto name = decode_text(texts[0]), link = decode_text(texts[2]);
  auto value = decode_value(texts[1], state_folder);
  if (!name || !link || !value) return std::nullopt;
  return OutputPublished{.name = std::move(*name), .value = std::move(*value), .link = std::move(*link)};
}

std::optional<UnchangedRun> decode_run(std::string_view text, const std::filesystem::path& state_folder) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const auto text_of = [&](const char* name) { return decode_text(object.value(name, json())); };
  const auto pipeline = text_of("pipeline"), file = text_of("file"), command = text_of("command"), attempts = text_of("cached_attempts");
  const json cached = object.value("cached", json()), cpus = object.value("cpus", json()), memory = object.value("memory", json());
  const json outputs = object.value("outputs", json());
  if (!pipeline || !file || !command || !attempts || !outputs.is_array()) return std::nullopt;
  if (!cached.is_number_integer() || !cpus.is_number_integer() || !memory.is_number_integer()) return std::nullopt;
  UnchangedRun run{.record = {.pipeline = *pipeline,
                              .file = *file,
                              .command = *command,
                              .cached = cached.get<std::int64_t>(),
                              .cached_attempts = ids_in(*attempts)},
                   .cpus = cpus.get<std::int64_t>(),
                   .memory_bytes = memory.get<std::int64_t>()};
  for (const json& texts : outputs) {
    auto output = decode_output(texts, state_folder);
    if (!output) return std::nullopt;
    run.outputs.push_back(std::move(*output));
  }
  return run;
}

// ---- all of it -----------------------------------------------------------------------------------------------------

/// Pairs of texts, behind their number. A number that is too large ends at the end of the bytes.
template <typename Pair>
bool read_pairs(NoteReader& reader, std::vector<Pair>& pairs) {
  const auto count = reader.number();
  if (!count) return false;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto first = reader.text(), second = reader.text();
    if (!first || !second) return false;
    pairs.push_back({std::string(*first), std::string(*second)});
  }
  return true;
}

}  // namespace

std::string encode_note(UnchangedNote& note, const std::filesystem::path& state_folder) {
  std::string bytes;
  add_text(bytes, encode_run(note.run, state_folder));
  add_number(bytes, note.sources.size());
  for (const auto& [path, digest] : note.sources) {
    add_text(bytes, path);
    add_text(bytes, digest);
  }
  add_number(bytes, note.slices.size());
  for (const auto& [looks, digest] : note.slices) {
    add_text(bytes, looks);
    add_text(bytes, digest);
  }
  note.digest = sha256(bytes);
  return std::string(note_beginning) + note.digest + '\n' + bytes;
}

std::optional<UnchangedNote> decode_note(std::string_view text, const std::filesystem::path& state_folder) {
  if (!text.starts_with(note_beginning)) return std::nullopt;
  text.remove_prefix(note_beginning.size());
  if (text.size() <= digest_size || text[digest_size] != '\n') return std::nullopt;
  UnchangedNote note{.digest = std::string(text.substr(0, digest_size))};
  text.remove_prefix(digest_size + 1);
  if (sha256(text) != note.digest) return std::nullopt;
  NoteReader reader(text);
  const auto run_text = reader.text();
  auto run = run_text ? decode_run(*run_text, state_folder) : std::nullopt;
  if (!run || !read_pairs(reader, note.sources) || !read_pairs(reader, note.slices) || !reader.is_at_end()) return std::nullopt;
  note.run = std::move(*run);
  return note;
}

}  // namespace sdlrun::engine
