#include "engine/unchanged/look.hpp"

#include <array>

#include "engine/unchanged/note_bytes.hpp"

namespace sdlrun::engine {

namespace {

/// What could not be seen: the reason says whether it is the same as before.
std::string failed(const Error& error) { return '!' + error.message; }

dsl::Look::Kind language_kind(LookKind kind) {
  if (kind == LookKind::path) return dsl::Look::Kind::path;
  if (kind == LookKind::canonical) return dsl::Look::Kind::canonical;
  return kind == LookKind::folder ? dsl::Look::Kind::names : dsl::Look::Kind::matches;
}

LookKind look_kind(dsl::Look::Kind kind) {
  if (kind == dsl::Look::Kind::path) return LookKind::path;
  if (kind == dsl::Look::Kind::canonical) return LookKind::canonical;
  return kind == dsl::Look::Kind::names ? LookKind::folder : LookKind::matches;
}

}  // namespace

std::string seen_bytes(const Result<std::optional<FileStatus>>& status) {
  if (!status) return failed(status.error());
  if (!status->has_value()) return "-";
  const FileStatus& file = **status;
  if (file.kind == FileKind::directory) return "d";
  if (file.kind == FileKind::symbolic_link) return "l";
  if (file.kind == FileKind::other) return "o";
  std::string bytes(file.executable ? "x" : "f");
  // As the processor has them: notes are of one boot of one machine.
  const std::array<std::uint64_t, 6> numbers{file.size, static_cast<std::uint64_t>(file.modified), static_cast<std::uint64_t>(file.changed),
                                             file.inode, file.device, file.links};
  return bytes.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
}

std::string seen_bytes(const Result<std::vector<std::string>>& names) {
  if (!names) return failed(names.error());
  std::string bytes = "n";
  for (const std::string& name : *names) add_text(bytes, name);
  return bytes;
}

std::string seen_bytes(const Result<std::string>& link_target) { return link_target ? '>' + *link_target : failed(link_target.error()); }

std::string seen_now(const Files& files, const Look& look) {
  if (look.kind == LookKind::status) return seen_bytes(files.status_of(look.path));
  if (look.kind == LookKind::names) return seen_bytes(files.list(look.path));
  if (look.kind == LookKind::link) return seen_bytes(files.read_link(look.path));
  return dsl::seen_now(language_kind(look.kind), look.path, look.pattern);
}

SeenLook look_of(dsl::Look look) {
  return {.look = {.path = std::move(look.path), .kind = look_kind(look.kind), .pattern = std::move(look.pattern)}, .seen = std::move(look.seen)};
}

}  // namespace sdlrun::engine
