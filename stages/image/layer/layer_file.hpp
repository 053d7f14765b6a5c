// A layer as a file: tar, compressed as it comes, under the name of its digest. Nothing of it is held in memory.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/cache/digest.hpp"
#include "engine/world/files.hpp"
#include "stages/image/layer/layer_entries.hpp"
#include "stages/image/layer/parallel_gzip.hpp"

namespace sdlrun::stages::image {

struct MadeLayer {
  Descriptor blob;
  std::string diff_id;  // the digest of what was compressed
};

struct LayerPlace {
  engine::Files& files;
  std::filesystem::path blobs;
  unsigned threads = compression_threads();
  /// Asked now and then: true ends the work.
  std::function<bool()> is_stopped = [] { return false; };
};

/// Takes a layer's tar in pieces.
class LayerFile {
 public:
  explicit LayerFile(const LayerPlace& place);
  engine::Result<void> add(std::string_view tar);
  /// The whole layer, now under its digest's name.
  engine::Result<MadeLayer> finish();

 private:
  engine::Result<void> write(std::string_view compressed);
  engine::Result<void> flush();

  const LayerPlace& place_;
  std::filesystem::path being_made_;
  engine::Sha256 plain_digest_;
  engine::Sha256 digest_;
  std::uint64_t size_ = 0;
  std::string buffer_;
  ParallelGzip gzip_;
};

engine::Result<MadeLayer> make_layer(const LayerPlace& place, const LayerEntries& entries);

/// A tar that lies there already, as it is.
engine::Result<MadeLayer> compress_layer(const LayerPlace& place, const std::filesystem::path& tar);

}  // namespace sdlrun::stages::image
