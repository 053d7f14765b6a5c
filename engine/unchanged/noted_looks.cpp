// Looks in slices, and looking again.
#include <algorithm>
#include <atomic>

#include <oneapi/tbb/parallel_for.h>

#include "engine/cache/digest.hpp"
#include "engine/unchanged/note.hpp"
#include "engine/unchanged/note_bytes.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t looks_in_a_slice = 256;

std::size_t shared_beginning(std::string_view left, std::string_view right) {
  const auto end = std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first;
  return static_cast<std::size_t>(end - left.begin());
}

/// One after the other: path, kind and, where it has one, pattern.
class LookReader {
 public:
  explicit LookReader(std::string_view looks) : reader_(looks) {}

  bool is_at_end() const { return reader_.is_at_end(); }
  /// Into one that is used again, as to make a path anew takes longer than to look at some. False where it makes no sense.
  bool read(Look& look) {
    const auto shared = reader_.number();
    const auto rest = reader_.text();
    const auto kind = reader_.number();
    if (!shared || !rest || !kind || *shared > look.path.size() || *kind >= look_kinds) return false;
    look.path.resize(*shared);
    look.path += *rest;
    look.kind = static_cast<LookKind>(*kind);
    look.pattern.clear();
    if (look.kind != LookKind::matches) return true;
    const auto pattern = reader_.text();
    look.pattern = pattern.value_or("");
    return pattern.has_value();
  }

 private:
  NoteReader reader_;
};

NotedLooks slice_of(const SeenLook* first, const SeenLook* end) {
  NotedLooks slice;
  std::string all_seen;
  std::string_view before;
  for (; first != end; ++first) {
    const Look& look = first->look;
    const std::size_t shared = shared_beginning(before, look.path);
    add_number(slice.looks, shared);
    add_text(slice.looks, std::string_view(look.path).substr(shared));
    add_number(slice.looks, static_cast<std::uint64_t>(look.kind));
    if (look.kind == LookKind::matches) add_text(slice.looks, look.pattern);
    add_text(all_seen, first->seen);
    before = look.path;
  }
  slice.digest = sha256(all_seen);
  return slice;
}

bool is_seen_again(const Files& files, const NotedLooks& slice) {
  std::string all_seen;
  LookReader reader(slice.looks);
  Look look;
  while (!reader.is_at_end()) {
    if (!reader.read(look)) return false;
    add_text(all_seen, seen_now(files, look));
  }
  return sha256(all_seen) == slice.digest;
}

/// The text itself and not its status: it was read without us, at a moment that we do not know.
bool is_same_text(const Files& files, const NotedSource& source) {
  const auto text = files.read(source.path);
  return text && sha256(*text) == source.digest;
}

}  // namespace

std::vector<NotedLooks> slices_of(const std::vector<SeenLook>& looks) {
  std::vector<NotedLooks> slices;
  for (std::size_t first = 0; first < looks.size(); first += looks_in_a_slice) {
    slices.push_back(slice_of(looks.data() + first, looks.data() + std::min(first + looks_in_a_slice, looks.size())));
  }
  return slices;
}

std::optional<std::vector<Look>> decode_looks(std::string_view looks) {
  std::vector<Look> all;
  LookReader reader(looks);
  Look look;
  while (!reader.is_at_end()) {
    if (!reader.read(look)) return std::nullopt;
    all.push_back(look);
  }
  return all;
}

bool is_as_noted(const Files& files, const UnchangedNote& note) {
  std::atomic<bool> is_same = true;
  const std::size_t sources = note.sources.size();
  oneapi::tbb::parallel_for(std::size_t{0}, sources + note.slices.size(), [&](std::size_t i) {
    if (!is_same) return;
    const bool same = i < sources ? is_same_text(files, note.sources[i]) : is_seen_again(files, note.slices[i - sources]);
    if (!same) is_same = false;
  });
  return is_same;
}

}  // namespace sdlrun::engine
