#include "dsl/values/path_problem.hpp"

namespace sdlrun::dsl {

namespace fs = std::filesystem;

std::optional<PathProblem> path_problem(const fs::path& path) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  return path_problem(path, status, problem);
}

std::optional<PathProblem> path_problem(const fs::path& path, const fs::file_status& status, const std::error_code& problem) {
  using Kind = PathProblem::Kind;
  switch (status.type()) {
    case fs::file_type::regular:
    case fs::file_type::directory: return std::nullopt;
    case fs::file_type::not_found: break;
    case fs::file_type::none:
    case fs::file_type::unknown:
      if (problem == std::errc::too_many_symbolic_link_levels) {
        return PathProblem{Kind::unreachable, "its links lead in a circle", "`ls -l` shows where a link leads"};
      }
      if (problem == std::errc::permission_denied) {
        return PathProblem{Kind::unreachable, "a folder on the way to it may not be entered", "`namei -l` with this path shows which, and whose it is"};
      }
      if (problem != std::errc::no_such_file_or_directory) return PathProblem{Kind::unreachable, problem.message(), "look at the path"};
      break;
    default: return PathProblem{Kind::special, "it is a pipe, socket or device", "only files and folders can be read again: write what comes from it into a file"};
  }
  std::error_code no_link;
  const fs::path target = fs::read_symlink(path, no_link);
  if (no_link) return PathProblem{Kind::missing, "there is no such file", ""};
  return PathProblem{Kind::unreachable, "it is a link to `" + target.string() + "`, which is not there", "make what it leads to, or let it lead elsewhere: `ln -sfn`"};
}

}  // namespace sdlrun::dsl
