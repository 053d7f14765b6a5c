// ThreadSanitizer cannot follow a program that has threads into a fork that begins others: it ends there, or hangs.
#pragma once

namespace sdlrun {

#ifdef __SANITIZE_THREAD__
inline constexpr bool is_thread_sanitizer = true;
#else
inline constexpr bool is_thread_sanitizer = false;
#endif

}  // namespace sdlrun
