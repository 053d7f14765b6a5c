#include "stages/image/layer/parallel_gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "engine/world/real/reactor.hpp"

namespace sdlrun::stages::image {

using engine::Result;

namespace {

constexpr std::size_t block_size = 128 * 1024;
constexpr std::size_t dictionary_size = 32 * 1024;
constexpr std::size_t blocks_a_thread = 4;
constexpr int raw_deflate = -15;
constexpr int memory_level = 8;
constexpr int level = 6;
/// No name, no time, and "unknown" for the system that made it.
constexpr std::array<char, 10> gzip_header = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};

void append_little_endian(std::string& text, std::uint32_t number) {
  for (int byte = 0; byte < 4; ++byte, number >>= 8) text += static_cast<char>(number & 0xff);
}

const Bytef* bytes_of(const std::string& text) { return reinterpret_cast<const Bytef*>(text.data()); }

/// zlib's state, made once a thread.
class Deflater {
 public:
  Deflater() { is_ready_ = ::deflateInit2(&stream_, level, Z_DEFLATED, raw_deflate, memory_level, Z_DEFAULT_STRATEGY) == Z_OK; }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { ::deflateEnd(&stream_); }

  /// Empty only where there is no memory for it.
  std::string compress(const std::string& input, const std::string& dictionary, bool is_last) {
    if (!is_ready_) return {};
    ::deflateReset(&stream_);
    if (!dictionary.empty()) ::deflateSetDictionary(&stream_, bytes_of(dictionary), static_cast<uInt>(dictionary.size()));
    std::string output(::deflateBound(&stream_, static_cast<uLong>(input.size())) + 16, '\0');
    stream_.next_in = const_cast<Bytef*>(bytes_of(input));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const int code = ::deflate(&stream_, is_last ? Z_FINISH : Z_SYNC_FLUSH);
    const bool is_whole = is_last ? code == Z_STREAM_END : code == Z_OK && stream_.avail_in == 0;
    output.resize(is_whole ? output.size() - stream_.avail_out : 0);
    output.shrink_to_fit();
    return output;
  }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

}  // namespace

struct ParallelGzip::Block {
  std::string input;
  std::string dictionary;
  bool is_last = false;
  std::string output = {};
  std::uint32_t sum = 0;
  bool is_done = false;  // guarded by the owner's mutex
};

ParallelGzip::ParallelGzip(unsigned threads, Sink sink) : sink_(std::move(sink)), most_blocks_(blocks_a_thread * std::max(1U, threads)) {
  for (unsigned thread = 0; thread < std::max(1U, threads); ++thread) threads_.push_back(engine::start_quiet_thread([this] { work(); }));
}

ParallelGzip::~ParallelGzip() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ParallelGzip::work() {
  Deflater deflater;
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return is_ending_ || !to_do_.empty(); });
    if (is_ending_) return;
    const std::shared_ptr<Block> block = std::move(to_do_.front());
    to_do_.pop_front();
    lock.unlock();
    block->output = deflater.compress(block->input, block->dictionary, block->is_last);
    block->sum = static_cast<std::uint32_t>(::crc32(0, bytes_of(block->input), static_cast<uInt>(block->input.size())));
    lock.lock();
    block->is_done = true;
    is_done_.notify_all();
  }
}

Result<void> ParallelGzip::add(std::string_view bytes) {
  while (!bytes.empty()) {
    // The last block is handed over by `finish`: only then is it known to be the last.
    if (pending_.size() == block_size) {
      if (auto handed = hand_over(false); !handed) return handed;
    }
    const std::string_view piece = bytes.substr(0, block_size - pending_.size());
    pending_ += piece;
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> ParallelGzip::hand_over(bool is_last) {
  if (in_order_.size() == most_blocks_) {
    if (auto taken = take_oldest(); !taken) return taken;
  }
  auto block = std::make_shared<Block>();
  block->input = std::exchange(pending_, {});
  block->dictionary = std::move(dictionary_);
  block->is_last = is_last;
  dictionary_ = block->input.size() > dictionary_size ? block->input.substr(block->input.size() - dictionary_size) : block->input;
  in_order_.push_back(block);
  {
    const std::lock_guard lock(mutex_);
    to_do_.push_back(std::move(block));
  }
  has_work_.notify_one();
  return {};
}

Result<void> ParallelGzip::take_oldest() {
  const std::shared_ptr<Block> block = std::move(in_order_.front());
  in_order_.pop_front();
  {
    std::unique_lock lock(mutex_);
    is_done_.wait(lock, [&] { return block->is_done; });
  }
  if (block->output.empty()) return engine::failure("there is not enough memory to compress a layer", "run fewer steps at once (`-j`)");
  if (!std::exchange(has_begun_, true)) {
    if (auto written = sink_({gzip_header.data(), gzip_header.size()}); !written) return written;
  }
  sum_ = static_cast<std::uint32_t>(::crc32_combine(sum_, block->sum, static_cast<z_off_t>(block->input.size())));
  size_ += block->input.size();
  return sink_(block->output);
}

Result<void> ParallelGzip::finish() {
  if (auto handed = hand_over(true); !handed) return handed;
  while (!in_order_.empty()) {
    if (auto taken = take_oldest(); !taken) return taken;
  }
  std::string trailer;
  append_little_endian(trailer, sum_);
  append_little_endian(trailer, static_cast<std::uint32_t>(size_));
  return sink_(trailer);
}

unsigned compression_threads() {
  constexpr unsigned most = 16;
  return std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

std::string compression_version() { return ::zlibVersion(); }

}  // namespace sdlrun::stages::image
