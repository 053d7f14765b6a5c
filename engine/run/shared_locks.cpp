#include "engine/run/shared_locks.hpp"

#include <algorithm>

#include "engine/run/safe_file_name.hpp"

namespace sdlrun::engine {

namespace {

constexpr Milliseconds first_delay{20};
constexpr Milliseconds longest_delay{1000};

}  // namespace

void SharedLocks::acquire(const std::string& name, Done done) {
  {
    const std::lock_guard lock(mutex_);
    const auto [section, is_new] = sections_.try_emplace(name);
    section->second.waiting.push_back(std::move(done));
    if (!is_new) return;
    section->second.next_delay = first_delay;
  }
  try_first(name);
}

void SharedLocks::try_first(const std::string& name) {
  if (const auto made = files_.make_directories(folder_); !made) return give_first(name, tl::unexpected(made.error()));
  auto lock = files_.try_lock(folder_ / (safe_file_name(name) + ".lock"));
  if (lock && *lock == nullptr) return try_later(name);
  give_first(name, std::move(lock));
}

void SharedLocks::try_later(const std::string& name) {
  Milliseconds delay{0};
  {
    const std::lock_guard lock(mutex_);
    Section& section = sections_.at(name);
    delay = section.next_delay;
    section.next_delay = std::min(2 * delay, longest_delay);
  }
  clock_.after(delay, [self = weak_from_this(), name] {
    if (const auto locks = self.lock()) locks->try_first(name);
  });
}

void SharedLocks::give_first(const std::string& name, Result<std::shared_ptr<void>> lock) {
  Done done;
  {
    const std::lock_guard guard(mutex_);
    Section& section = sections_.at(name);
    done = std::move(section.waiting.front());
    section.waiting.pop_front();
    section.next_delay = first_delay;
  }
  if (!lock) {
    done(tl::unexpected(std::move(lock.error())));
    return left(name);
  }
  void* const identity = lock->get();
  done(Held(identity, [self = shared_from_this(), name, held = std::move(*lock)](void*) mutable {
    held.reset();
    self->left(name);
  }));
}

void SharedLocks::left(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    const auto section = sections_.find(name);
    if (section->second.waiting.empty()) {
      sections_.erase(section);
      return;
    }
  }
  try_first(name);
}

}  // namespace sdlrun::engine
