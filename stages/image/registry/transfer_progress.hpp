// What the terminal shows while contents go to a registry, or come from it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/stage/stage.hpp"
#include "stages/image/oci/descriptor.hpp"

namespace sdlrun::stages::image {

/// Thread-safe.
class TransferProgress {
 public:
  TransferProgress(engine::StageContext& context, std::string verb, const std::vector<Descriptor>& blobs) : context_(context), verb_(std::move(verb)) {
    for (const Descriptor& blob : blobs) all_ += blob.size;
  }

  void add(std::uint64_t bytes) {
    const std::uint64_t done = done_ += bytes;
    context_.progress(verb_ + ' ' + megabytes(done) + " of " + megabytes(all_) + " MB");
  }

 private:
  static std::string megabytes(std::uint64_t bytes) {
    const std::uint64_t tenths = bytes / 100'000;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
  }

  engine::StageContext& context_;
  std::string verb_;
  std::uint64_t all_ = 0;
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace sdlrun::stages::image
