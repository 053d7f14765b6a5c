#include "stages/image/layer/gunzip.hpp"

#include <zlib.h>

#include <string>

namespace sdlrun::stages::image {

using engine::Result;

namespace {

constexpr int gzip_only = 15 + 16;
constexpr std::size_t piece_size = 256 * 1024;

}  // namespace

struct Gunzip::State {
  State() { is_ready = ::inflateInit2(&stream, gzip_only) == Z_OK; }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ::inflateEnd(&stream); }

  z_stream stream{};
  std::string output = std::string(piece_size, '\0');
  bool is_ready = false;
  bool is_at_end = false;
};

Gunzip::Gunzip(Sink sink) : sink_(std::move(sink)), state_(std::make_unique<State>()) {}

Gunzip::~Gunzip() = default;

Result<void> Gunzip::add(std::string_view bytes) {
  z_stream& stream = state_->stream;
  if (!state_->is_ready) return engine::failure("there is not enough memory to read a layer", "run fewer steps at once (`-j`)");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  bool is_drained = false;
  while (stream.avail_in > 0 || !is_drained) {
    if (state_->is_at_end) {
      // Members may follow each other: pigz and estargz leave several.
      if (stream.avail_in == 0) return {};
      ::inflateReset(&stream);
      state_->is_at_end = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(state_->output.data());
    stream.avail_out = static_cast<uInt>(state_->output.size());
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return engine::failure("a compressed layer is damaged", "make or copy the image anew");
    state_->is_at_end = code == Z_STREAM_END;
    is_drained = stream.avail_out > 0;
    const std::size_t length = state_->output.size() - stream.avail_out;
    if (length == 0) continue;
    if (auto taken = sink_({state_->output.data(), length}); !taken) return taken;
  }
  return {};
}

Result<void> Gunzip::finish() const {
  if (state_->is_at_end) return {};
  return engine::failure("a compressed layer was cut off", "make or copy the image anew");
}

}  // namespace sdlrun::stages::image
