#include "cli/source_text.hpp"

#include <istream>
#include <iterator>

#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

engine::Result<std::string> read_source(const std::filesystem::path& file) { return engine::RealFiles().read(file); }

std::string read_all(std::istream& input) {
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

}  // namespace sdlrun::cli
