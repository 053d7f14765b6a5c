#include "engine/world/real/file_error.hpp"

#include <cerrno>
#include <system_error>

namespace sdlrun::engine {

namespace {

std::string reason(int number) {
  std::string text = std::generic_category().message(number);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string hint(const std::filesystem::path& path, int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "make room on the disk that holds it, or move the project to a larger one, and run again";
    case EROFS:
      return "it lies in a place that is mounted read-only: use a copy of the project elsewhere";
    case EACCES:
    case EPERM:
      return "look at who owns it and its folder: `ls -ld " + path.parent_path().string() + " " + path.string() + '`';
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise the limit (`ulimit -n`) or run fewer steps at once (`-j`)";
    case ENAMETOOLONG:
      return "shorten the name, or move the project to a shorter path";
    case ENOTDIR:
    case EEXIST:
      return "something else lies there, or in the place of a folder above: see with `ls -ld`, and move it away";
    case EISDIR:
      return "a folder lies in its place: see what is in it, and move it away";
    case ELOOP:
      return "its symbolic links lead back to themselves: mend them";
    default:
      return {};
  }
}

}  // namespace

Error file_error(std::string_view action, const std::filesystem::path& path, int number) {
  return Error{"cannot " + std::string(action) + " `" + path.string() + "`: " + reason(number), hint(path, number)};
}

}  // namespace sdlrun::engine
