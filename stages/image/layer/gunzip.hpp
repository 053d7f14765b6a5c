// Reads gzip as it comes, in pieces of any size.
#pragma once

#include <memory>
#include <string_view>

#include "stages/image/layer/tar_writer.hpp"

namespace sdlrun::stages::image {

class Gunzip {
 public:
  explicit Gunzip(Sink sink);
  ~Gunzip();
  engine::Result<void> add(std::string_view bytes);
  /// Once all has been added: whether it ended where gzip does.
  engine::Result<void> finish() const;

 private:
  struct State;
  Sink sink_;
  std::unique_ptr<State> state_;
};

}  // namespace sdlrun::stages::image
