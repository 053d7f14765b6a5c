// gzip on several cores, as pigz does it: blocks of a fixed size, each compressed with the end of the one before as its
// dictionary, behind each other in one member. What comes out depends on what goes in and on zlib, not on the cores.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "stages/image/layer/tar_writer.hpp"

namespace sdlrun::stages::image {

/// Used by one thread. It holds some blocks a core, however much goes through it.
class ParallelGzip {
 public:
  /// The compressed bytes go to `sink`, in order, on the thread that adds.
  ParallelGzip(unsigned threads, Sink sink);
  ParallelGzip(const ParallelGzip&) = delete;
  ParallelGzip& operator=(const ParallelGzip&) = delete;
  ~ParallelGzip();

  engine::Result<void> add(std::string_view bytes);
  engine::Result<void> finish();

 private:
  struct Block;
  void work();
  engine::Result<void> hand_over(bool is_last);
  /// Waits for the oldest block and gives it to the sink.
  engine::Result<void> take_oldest();

  Sink sink_;
  std::size_t most_blocks_;
  std::string pending_;
  std::string dictionary_;
  std::deque<std::shared_ptr<Block>> in_order_;
  std::uint32_t sum_ = 0;
  std::uint64_t size_ = 0;
  bool has_begun_ = false;

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable is_done_;
  std::deque<std::shared_ptr<Block>> to_do_;  // guarded by `mutex_`
  bool is_ending_ = false;                    // guarded by `mutex_`
  std::vector<std::thread> threads_;
};

/// As many threads as layers are compressed with on this machine.
unsigned compression_threads();

/// zlib's, which the bytes depend on.
std::string compression_version();

}  // namespace sdlrun::stages::image
