#include "cli/shared_cache.hpp"

#include <algorithm>

namespace sdlrun::cli {

engine::Result<std::optional<engine::SharedCacheSettings>> shared_cache_of(const OpenedPipeline& opened, const Console& console, const Messages& messages) {
  auto settings = engine::shared_cache_settings(opened.project.shared_cache, console.variables);
  if (!settings || *settings || engine::shared_cache_is_switched_off(console.variables)) return settings;
  const auto wants_one = [](const dsl::Node& node) { return node.options.sharing == dsl::Sharing::wanted; };
  const auto& nodes = opened.pipeline.nodes;
  if (const auto step = std::find_if(nodes.begin(), nodes.end(), wants_one); step != nodes.end()) {
    messages.warning("`" + step->name + "` says `cache = \"shared\"`, and no shared cache is configured: its result stays on this machine. "
                     "Name one under `shared_cache` in sdl.yaml, or in SDLRUN_SHARED_CACHE");
  }
  return settings;
}

}  // namespace sdlrun::cli
