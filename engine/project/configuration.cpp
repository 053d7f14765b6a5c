#include "engine/project/configuration.hpp"

#include <yaml-cpp/yaml.h>

#include "dsl/diagnostics/diagnostic.hpp"
#include "engine/project/yaml_text.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::int64_t largest_pool = 1'000'000;

/// ":2:5", as editors take it behind a file's name.
std::string place_text(const YAML::Mark& mark) {
  return mark.is_null() ? "" : ':' + std::to_string(mark.line + 1) + ':' + std::to_string(mark.column + 1);
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string_view text) : path_(path.string()), text_(text) {}

  Result<Configuration> read(const YAML::Node& document) const {
    if (document.IsNull()) return Configuration();
    if (!document.IsMap()) return wrong(document, "a list or a single value stands where `profiles:` is expected", "write `profiles: { staging: { epochs: 5 } }`");
    Configuration configuration;
    for (const auto& entry : document) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      const auto read = *name == "profiles" ? read_all(entry.second, configuration)
                        : *name == "pools"  ? read_pools(entry.second, configuration.pools)
                        : *name == "shared_cache" ? read_shared_cache(entry.second, configuration.shared_cache)
                                            : wrong(entry.first, "there is no setting `" + *name + '`',
                                                    dsl::did_you_mean(*name, {"profiles", "pools", "shared_cache"}, "the settings are `profiles`, `pools` and `shared_cache`"));
      if (!read) return tl::unexpected(read.error());
    }
    return configuration;
  }

 private:
  Result<void> read_all(const YAML::Node& node, Configuration& configuration) const {
    if (node.IsNull()) return {};
    if (!node.IsMap())
      return wrong(node, "`profiles` holds profiles by name", "write `profiles: { staging: { epochs: 5 } }`");
    for (const auto& entry : node) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      if (configuration.profiles.contains(*name)) return wrong(entry.first, "the profile `" + *name + "` stands here a second time", "put the params of both together");
      auto params = read_profile(entry.second, *name, configuration.places[*name]);
      if (!params) return tl::unexpected(std::move(params.error()));
      configuration.profiles.emplace(*name, std::move(*params));
    }
    return {};
  }

  Result<std::map<std::string, std::string>> read_profile(const YAML::Node& node, const std::string& profile, std::map<std::string, TextRange>& places) const {
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
      if (!text) return wrong(entry.second, "the value of `" + *name + "` " + text.error(), "write it as a list, a map or one value");
      places[*name] = range_of(entry.first, entry.second);
      if (!params.emplace(*name, *text).second) {
        return wrong(entry.first, "the param `" + *name + "` stands here a second time in `" + profile + '`', "take one of them out");
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
        return wrong(entry.second, "the size of the pool `" + *name + "` is no number from 1 to " + std::to_string(largest_pool), "it says how many steps with `pool = \"" + *name + "\"` run at once");
      }
      if (!pools.emplace(*name, size).second) return wrong(entry.first, "the pool `" + *name + "` stands here a second time", "take one of them out");
    }
    return {};
  }

  Result<void> read_shared_cache(const YAML::Node& node, std::optional<SharedCacheConfiguration>& place) const {
    constexpr const char* example = "write `shared_cache: { url: https://cache.example.com/team }`";
    if (node.IsNull()) return {};
    if (!node.IsMap()) return wrong(node, "`shared_cache` holds settings by name", example);
    SharedCacheConfiguration cache;
    for (const auto& entry : node) {
      const auto name = name_of(entry.first);
      if (!name) return tl::unexpected(name.error());
      if (!entry.second.IsScalar()) return wrong(entry.second, "the value of `" + *name + "` is no text", example);
      if (auto read = read_cache_setting(*name, entry, cache); !read) return read;
    }
    if (cache.url.empty()) return wrong(node, "`shared_cache` lacks its `url`", example);
    place = std::move(cache);
    return {};
  }

  template <typename Entry>
  Result<void> read_cache_setting(const std::string& name, const Entry& entry, SharedCacheConfiguration& cache) const {
    const std::string text = entry.second.Scalar();
    if (name == "url") {
      cache.url = text;
    } else if (name == "salt") {
      cache.salt = text;
    } else if (name == "mode") {
      if (text != "read_only" && text != "read_write") return wrong(entry.second, "the mode of a shared cache is read_only or read_write");
      cache.read_only = text == "read_only";
    } else if (name == "allow_plain_http") {
      if (text != "true" && text != "false") return wrong(entry.second, "`allow_plain_http` is true or false");
      cache.allow_plain_http = text == "true";
    } else {
      return wrong(entry.first, "a shared cache has no setting `" + name + '`',
                   dsl::did_you_mean(name, {"url", "mode", "allow_plain_http", "salt"}, "it has `url`, `mode`, `allow_plain_http` and `salt`; credentials come from the environment"));
    }
    return {};
  }

  Result<std::string> name_of(const YAML::Node& key) const {
    if (!key.IsScalar()) return wrong(key, "a list or map stands where a name is expected", "put a name before the `:`");
    return key.Scalar();
  }

  tl::unexpected<Error> wrong(const YAML::Node& node, const std::string& message, std::string hint = {}) const {
    return failure('`' + path_ + place_text(node.Mark()) + "`: " + message, std::move(hint));
  }

  /// Of a value of several lines the first.
  TextRange range_of(const YAML::Node& name, const YAML::Node& value) const {
    const auto begin = static_cast<std::size_t>(name.Mark().pos), at = static_cast<std::size_t>(value.Mark().pos);
    if (name.Mark().is_null() || value.Mark().is_null() || at < begin || at > text_.size()) return {};
    if (value.IsScalar() && text_.substr(at).starts_with(value.Scalar())) return {begin, at + value.Scalar().size()};
    std::size_t end = std::min(text_.find('\n', at), text_.size());
    while (end > at && (text_[end - 1] == ' ' || text_[end - 1] == '\r')) --end;
    return {begin, end};
  }

  std::string path_;
  std::string_view text_;
};

Result<Configuration> parse(const std::filesystem::path& path, const std::string& text) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      return failure('`' + path.string() + place_text(documents[1].Mark()) + "`: a second document begins here, which nothing would read", "put all into one: leave out the line `---`");
    }
    return documents.empty() ? Configuration() : Reader(path, text).read(documents.front());
  } catch (const YAML::Exception& problem) {
    return failure('`' + path.string() + place_text(problem.mark) + "` is not valid YAML: " + problem.msg,
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
  return parse(path, *text).map([&](Configuration configuration) {
    configuration.text = *text;
    return configuration;
  });
}

}  // namespace sdlrun::engine
