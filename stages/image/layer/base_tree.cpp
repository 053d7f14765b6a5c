#include "stages/image/layer/base_tree.hpp"

#include "engine/cache/digest.hpp"
#include "stages/image/layer/gunzip.hpp"
#include "stages/image/layer/place.hpp"
#include "stages/image/layer/tar_reader.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;

namespace {

constexpr std::string_view opaque = ".wh..wh..opq";
constexpr std::string_view beginning = "sdlrun-layer-1";

/// "./usr/bin/" is "usr/bin"; nothing where it leads outside.
std::optional<std::string> place_of(const std::string& name) {
  std::string place;
  for (const fs::path& part : fs::path(name)) {
    const std::string text = part.string();
    if (text == "..") return std::nullopt;
    if (text.empty() || text == "." || text == "/") continue;
    place += (place.empty() ? "" : "/") + text;
  }
  return place;
}

std::string name_of(const std::string& place) { return place.substr(place.rfind('/') + 1); }

void take(const TarEntry& entry, LayerChanges& changes) {
  const std::optional<std::string> place = place_of(entry.name);
  if (!place || place->empty()) return;
  const std::string name = name_of(*place);
  if (name == opaque) changes.push_back({LayerChange::Kind::emptied, folder_of(*place)});
  else if (name.starts_with(whiteout)) changes.push_back({LayerChange::Kind::removed, below(folder_of(*place), name.substr(whiteout.size()))});
  else if (entry.type == '5') changes.push_back({LayerChange::Kind::folder, *place});
  else if (entry.type == '2') changes.push_back({LayerChange::Kind::link, *place, entry.target});
}

bool is_gzip(const std::string& media_type) { return media_type.ends_with("gzip"); }
bool is_plain(const std::string& media_type) { return media_type.ends_with("tar"); }

}  // namespace

Result<std::optional<LayerChanges>> read_changes(const engine::Files& files, const fs::path& blob, const Descriptor& layer, const std::string& diff_id) {
  if (!is_gzip(layer.media_type) && !is_plain(layer.media_type)) return std::nullopt;
  LayerChanges changes;
  engine::Sha256 digest;
  TarReader tar({.on_entry = [&](const TarEntry& entry) { take(entry, changes); return Result<void>(); },
                 .on_content = [](std::string_view) { return Result<void>(); }});
  const Sink read_tar = [&](std::string_view bytes) {
    digest.add(bytes);
    return tar.add(bytes);
  };
  Gunzip gunzip(read_tar);
  Result<void> done;
  const auto read = files.read_pieces(blob, [&](std::string_view piece) {
    if (done) done = is_gzip(layer.media_type) ? gunzip.add(piece) : read_tar(piece);
  });
  if (!read) return tl::unexpected(read.error());
  if (done && is_gzip(layer.media_type)) done = gunzip.finish();
  if (done) done = tar.finish();
  if (!done) return tl::unexpected(engine::Error{"the base's layer " + layer.digest + ": " + done.error().message, done.error().hint});
  if ("sha256:" + digest.hex() != diff_id) {
    return engine::failure("the base's layer " + layer.digest + " is not the one that its configuration speaks of", "the base is damaged: make or copy it anew");
  }
  return changes;
}

std::string encode(const LayerChanges& changes) {
  std::string text(beginning);
  text += '\0';
  for (const LayerChange& change : changes) {
    text += static_cast<char>(change.kind);
    text += change.place + '\0' + change.target + '\0';
  }
  return text + '.';
}

std::optional<LayerChanges> decode_changes(std::string_view text) {
  if (!text.starts_with(beginning) || !text.ends_with('.')) return std::nullopt;
  text.remove_prefix(beginning.size() + 1);
  text.remove_suffix(1);
  const auto next = [&text] {
    const std::size_t end = std::min(text.find('\0'), text.size());
    std::string field(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return field;
  };
  LayerChanges changes;
  while (!text.empty()) {
    const auto kind = static_cast<LayerChange::Kind>(text[0]);
    text.remove_prefix(1);
    std::string place = next();
    changes.push_back({kind, std::move(place), next()});
  }
  return changes;
}

void BaseTree::apply(const LayerChanges& changes) {
  // What a layer removes is of the layers below it, wherever it says so.
  for (const LayerChange& change : changes) {
    if (change.kind == LayerChange::Kind::removed) {
      folders_.erase(change.place);
      links_.erase(change.place);
    }
    if (change.kind == LayerChange::Kind::removed || change.kind == LayerChange::Kind::emptied) remove_below(change.place);
  }
  for (const LayerChange& change : changes) {
    if (change.kind == LayerChange::Kind::folder) {
      // An entry for a folder stands for those above it too.
      for (std::string place = change.place; !place.empty() && !folders_.contains(place); place = folder_of(place)) {
        if (place != change.place && links_.contains(place)) break;
        links_.erase(place);
        folders_[place];
      }
    } else if (change.kind == LayerChange::Kind::link) {
      folders_.erase(change.place);
      links_[change.place] = change.target;
    }
  }
}

void BaseTree::remove_below(const std::string& place) {
  for (auto* entries : {&folders_, &links_}) {
    const std::string first = place.empty() ? "" : place + '/', behind = place.empty() ? "\xff" : place + '0';  // '0' follows '/'
    entries->erase(entries->lower_bound(first), entries->lower_bound(behind));
  }
}

Result<std::string> BaseTree::resolved(const std::string& place) const {
  constexpr int most_links = 40;  // as Linux does
  std::string reached;
  fs::path left = place;
  for (int links = 0; !left.empty();) {
    const std::string part = left.begin()->string();
    const fs::path rest = left.lexically_relative(*left.begin());
    left = rest == "." ? fs::path() : rest;
    if (part == "..") reached = folder_of(reached);
    if (part == ".." || part == "." || part.empty()) continue;
    const std::string here = below(reached, part);
    const auto link = links_.find(here);
    if (link == links_.end()) {
      reached = here;
      continue;
    }
    if (++links > most_links) {
      return engine::failure("`/" + place + "` in the image: the base's link `/" + here + "`, which leads to `" + link->second + "`, leads in a circle",
                             "put it elsewhere, or mend the base");
    }
    if (link->second.starts_with('/')) reached.clear();
    const fs::path target = fs::path(link->second).relative_path();
    left = left.empty() ? target : target / left;
  }
  return reached;
}

}  // namespace sdlrun::stages::image
