#include "engine/cache/collect/named_contents.hpp"

#include "engine/cache/file_values.hpp"

namespace sdlrun::engine {

void NamedContents::add(const dsl::Fields& outputs) {
  constexpr std::size_t length = 64;
  every_file(outputs, [this](const dsl::Value& value) {
    const std::string& digest = digest_of(value);
    const std::size_t colon = digest.find(':');
    if (colon != std::string::npos) digits_.insert(digest.substr(colon + 1, length));
    return true;
  });
}

bool NamedContents::contains(const std::string& folder, const std::string& name) const {
  return digits_.contains(folder + name.substr(0, name.find_first_of("-.")));
}

}  // namespace sdlrun::engine
