#include "engine/project/configuration.hpp"

#include <yaml-cpp/yaml.h>

#include "dsl/diagnostics/diagnostic.hpp"
#include "engine/project/yaml_text.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::int64_t largest_pool = 1'000'000;

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()) {}

  Result<Configuration> read(const YAML::Node& document) const {
    if (document.IsNull()) return Configuration();
    if (!document.IsMap()) return wrong(document, "a list or a single value stands where `profiles:` is expected");
    Configuration configuration;
    for (const auto& entry : document) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      const auto read = *name == "profiles" ? read_all(entry.second, configuration.profiles)
                        : *name == "pools"  ? read_pools(entry.second, configuration.pools)
                                            : wrong(entry.first, "there is no setting `" + *name + '`',
                                                    dsl::did_you_mean(*name, {"profiles", "pools"}, "the settings are `profiles` and `pools`"));
      if (!read) return tl::unexpected(read.error());
    }
    return configuration;
  }

 private:
  Result<void> read_all(const YAML::Node& node, Profiles& profiles) const {
    if (node.IsNull()) return {};
    if (!node.IsMap())
      return wrong(node, "`profiles` holds profiles by name", "write `profiles: { staging: { epochs: 5 } }`");
    for (const auto& entry : node) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      if (profiles.contains(*name)) return wrong(entry.first, "the profile `" + *name + "` stands here a second time");
      auto params = read_profile(entry.second, *name);
      if (!params) return tl::unexpected(std::move(params.error()));
      profiles.emplace(*name, std::move(*params));
    }
    return {};
  }

  Result<std::map<std::string, std::string>> read_profile(const YAML::Node& node, const std::string& profile) const {
    std::map<std::string, std::string> params;
    if (node.IsNull()) return params;
    if (!node.IsMap()) {
      return wrong(node, "the profile `" + profile + "` holds params by name",
                   "write `" + profile + ": { epochs: 5 }`");
    }
    for (const auto& entry : node) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      const auto text = param_text(entry.second);
      if (!text) return wrong(entry.second, "the value of `" + *name + "` " + text.error());
      if (!params.emplace(*name, *text).second) {
        return wrong(entry.first, "the param `" + *name + "` stands here a second time in `" + profile + '`');
      }
    }
    return params;
  }

  Result<void> read_pools(const YAML::Node& node, dsl::Pools& pools) const {
    if (node.IsNull()) return {};
    if (!node.IsMap()) return wrong(node, "`pools` holds a number for each pool", "write `pools: { gpu: 1 }`");
    for (const auto& entry : node) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      std::int64_t size = 0;
      if (!entry.second.IsScalar() || !YAML::convert<std::int64_t>::decode(entry.second, size) || size < 1 || size > largest_pool) {
        return wrong(entry.second, "the size of the pool `" + *name + "` is no number from 1 to " + std::to_string(largest_pool));
      }
      if (!pools.emplace(*name, size).second) return wrong(entry.first, "the pool `" + *name + "` stands here a second time");
    }
    return {};
  }

  Result<std::string> name_of(const YAML::Node& key) const {
    if (!key.IsScalar()) return wrong(key, "a list or map stands where a name is expected");
    return key.Scalar();
  }

  tl::unexpected<Error> wrong(const YAML::Node& node, const std::string& message, std::string hint = {}) const {
    const std::string line = node.Mark().is_null() ? "" : ':' + std::to_string(node.Mark().line + 1);
    return failure('`' + path_ + line + "`: " + message, std::move(hint));
  }

  std::string path_;
};

Result<Configuration> parse(const std::filesystem::path& path, const std::string& text) {
  try {
    return Reader(path).read(YAML::Load(text));
  } catch (const YAML::Exception& problem) {
    const std::string line = problem.mark.is_null() ? "" : ':' + std::to_string(problem.mark.line + 1);
    return failure('`' + path.string() + line + "` is not valid YAML: " + problem.msg,
                   "look at the indentation and the brackets of that line");
  } catch (const std::exception& problem) {
    return failure('`' + path.string() + "` is not valid YAML: " + problem.what());
  }
}

}  // namespace

Result<Configuration> read_configuration(const std::filesystem::path& path) {
  const auto text = RealFiles().read(path);
  if (!text) return tl::unexpected(text.error());
  constexpr std::size_t largest = 1024 * 1024;
  if (text->size() > largest) {
    return failure('`' + path.string() + "` is larger than a megabyte: that is no configuration",
                   "look whether the right file has this name");
  }
  return parse(path, *text);
}

}  // namespace sdlrun::engine
