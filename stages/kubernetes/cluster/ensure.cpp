#include "stages/kubernetes/cluster/ensure.hpp"

#include <utility>

#include "stages/kubernetes/cluster/own_files.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

std::string in_words(const std::string& detail) { return detail.empty() ? "" : ": " + detail; }

std::string nodes_text(std::int64_t count) { return std::to_string(count) + (count == 1 ? " node" : " nodes"); }

std::string how_to_delete() { return "delete it by a step `kubernetes.delete_cluster`, and run again"; }

/// What waits for a cluster: until a moment, with a look each `poll`.
class Wait {
 public:
  Wait(engine::StageContext& context, const ClusterWish& wish) : context_(context), wish_(wish), end_(context.world().clock.monotonic() + wish.timeout) {}

  Task<Result<bool>> pause(std::string what, std::string detail) {
    context_.progress(what + in_words(detail));
    if (context_.world().clock.monotonic() + wish_.poll > end_) {
      co_return engine::failure(title_of(wish_) + " is not ready after " + dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Duration{wish_.timeout.count()}))) + ": it is " + what + in_words(detail),
                                "it goes on without sdlrun: run again to go on waiting; `timeout` says for how long");
    }
    Task<bool> sleeping = context_.sleep(wish_.poll);
    co_await sleeping;
    if (context_.stopping()) co_return engine::failure("stopped");
    co_return true;
  }

 private:
  engine::StageContext& context_;
  const ClusterWish& wish_;
  std::chrono::nanoseconds end_;
};

Task<Result<std::shared_ptr<void>>> lock(engine::StageContext& context, const ClusterWish& wish) {
  std::string section = "cluster-" + own_files(context, wish).folder.filename().string();
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  co_return co_await locking;
}

/// Where other nodes are wanted and the provider or the owner's mark does not let us, it stays as it is.
bool is_to_be_scaled(engine::StageContext* context, const Provider& provider, const FoundCluster& found, const ClusterWish& wish) {
  if (!found.nodes || *found.nodes == wish.nodes) return false;
  if (found.is_ours && provider.can_scale()) return true;
  if (context != nullptr && found.is_ours) context->warn(title_of(wish) + " has " + nodes_text(*found.nodes) + ", and " + std::to_string(wish.nodes) + " are wanted: " + wish.provider + " changes that only for one made anew (`kubernetes.delete_cluster`)");
  return false;
}

/// A cloud's list may not have at once what it was asked for.
constexpr int most_looks_for_asked = 5;

/// From what a cluster is to what it is to be, one act at a time.
class Bringing {
 public:
  Bringing(engine::StageContext& context, Provider& provider, const ClusterWish& wish) : context_(context), provider_(provider), wish_(wish), wait_(context, wish) {}

  /// True: it is ready, and nothing was to be done.
  Task<Result<bool>> act_on(FoundCluster found) {
    if (found.standing == Standing::broken) co_return engine::failure(title_of(wish_) + " is broken" + in_words(found.detail), found.is_ours ? how_to_delete() : "it was not made by sdlrun: mend or delete it with the tool that made it");
    if (found.standing == Standing::ready && (has_scaled_ || !is_to_be_scaled(&context_, provider_, found, wish_))) co_return true;
    Task<Result<bool>> acting = next_act(std::move(found));
    const Result<bool> done = co_await acting;
    if (!done) co_return done;
    if (context_.stopping()) co_return engine::failure("stopped");
    co_return false;
  }

 private:
  Task<Result<bool>> next_act(FoundCluster found) {
    if (found.standing == Standing::absent) return make();
    if (found.standing == Standing::stopped) return start(std::move(found.detail));
    if (found.standing == Standing::ready) return scale(*found.nodes);
    return wait_.pause(found.standing == Standing::leaving ? "being deleted" : "being made", std::move(found.detail));
  }

  Task<Result<bool>> make() {
    if (looks_for_asked_++ == 0) {
      context_.log("making " + title_of(wish_) + ": " + size_text(wish_));
      context_.progress("making " + size_text(wish_));
      Task<Result<bool>> making = provider_.make();
      co_return co_await making;
    }
    if (!wish_.is_cloud() || looks_for_asked_ > most_looks_for_asked) co_return engine::failure(title_of(wish_) + " was asked for, and is not there", "what does its provider's own tool or console say?");
    Task<Result<bool>> pausing = wait_.pause("being made", "");
    co_return co_await pausing;
  }

  Task<Result<bool>> start(std::string detail) {
    if (std::exchange(has_started_, true)) co_return engine::failure(title_of(wish_) + " was started, and is not running" + in_words(detail), how_to_delete());
    context_.log("starting " + title_of(wish_) + in_words(detail));
    context_.progress("starting");
    Task<Result<bool>> starting = provider_.start();
    co_return co_await starting;
  }

  Task<Result<bool>> scale(std::int64_t nodes) {
    has_scaled_ = true;
    context_.log("bringing " + title_of(wish_) + " from " + nodes_text(nodes) + " to " + std::to_string(wish_.nodes));
    Task<Result<bool>> scaling = provider_.scale();
    co_return co_await scaling;
  }

  engine::StageContext& context_;
  Provider& provider_;
  const ClusterWish& wish_;
  Wait wait_;
  int looks_for_asked_ = 0;
  bool has_started_ = false;
  bool has_scaled_ = false;
};

}  // namespace

Task<Result<FoundCluster>> ensure_cluster(engine::StageContext& context, Provider& provider, ClusterWish wish) {
  Task<Result<std::shared_ptr<void>>> locking = lock(context, wish);
  const auto section = co_await locking;
  if (!section) co_return tl::unexpected(section.error());
  Bringing bringing(context, provider, wish);
  while (true) {
    Task<Result<FoundCluster>> finding = provider.find();
    const Result<FoundCluster> found = co_await finding;
    if (!found) co_return found;
    Task<Result<bool>> acting = bringing.act_on(*found);
    const Result<bool> is_ready = co_await acting;
    if (!is_ready) co_return tl::unexpected(is_ready.error());
    if (!*is_ready) continue;
    if (!found->is_ours) context.warn(title_of(wish) + " was there, and not made by sdlrun: it is used as it is, and never deleted");
    Task<Result<bool>> giving = provider.give_access();
    if (const Result<bool> given = co_await giving; !given) co_return tl::unexpected(given.error());
    co_return found;
  }
}

Task<Result<bool>> remove_cluster(engine::StageContext& context, Provider& provider, ClusterWish wish) {
  Task<Result<std::shared_ptr<void>>> locking = lock(context, wish);
  const auto section = co_await locking;
  if (!section) co_return tl::unexpected(section.error());
  Wait wait(context, wish);
  bool has_asked = false, was_there = false;
  while (true) {
    Task<Result<FoundCluster>> finding = provider.find();
    const Result<FoundCluster> found = co_await finding;
    if (!found) co_return tl::unexpected(found.error());
    if (found->standing == Standing::absent) break;
    if (!found->is_ours) co_return engine::failure(title_of(wish) + " was not made by sdlrun, and is left there", "delete it with the tool that made it");
    was_there = true;
    Result<bool> done = true;
    if (!has_asked && found->standing != Standing::leaving) {
      has_asked = true;
      context.log("deleting " + title_of(wish));
      Task<Result<bool>> removing = provider.remove();
      done = co_await removing;
    } else {
      Task<Result<bool>> pausing = wait.pause("being deleted", found->detail);
      done = co_await pausing;
    }
    if (!done) co_return done;
  }
  if (auto removed = context.world().files.remove(own_files(context, wish).folder); !removed) co_return tl::unexpected(removed.error());
  co_return was_there;
}

Task<Result<std::vector<std::string>>> preview_of_cluster(Provider& provider, ClusterWish wish) {
  Task<Result<FoundCluster>> finding = provider.find();
  const Result<FoundCluster> found = co_await finding;
  if (!found) co_return tl::unexpected(found.error());
  const bool is_new = found->standing == Standing::absent || found->standing == Standing::leaving;
  const bool is_scaled = found->standing == Standing::ready && is_to_be_scaled(nullptr, provider, *found, wish);
  std::vector<std::string> lines;
  if (found->standing == Standing::broken) lines.push_back("~ " + title_of(wish) + " is broken" + in_words(found->detail));
  if (found->standing == Standing::stopped) lines.push_back("~ " + title_of(wish) + ": would be started");
  if (found->standing == Standing::unfinished) lines.push_back("~ " + title_of(wish) + ": would be waited for" + in_words(found->detail));
  if (!is_new && !is_scaled) co_return lines;
  Task<Result<std::string>> asking = provider.price();
  const Result<std::string> price = co_await asking;
  const std::string cost = !price ? ", price unknown: " + price.error().message : price->empty() ? "" : ": " + *price;
  if (is_new) lines.push_back("+ " + title_of(wish) + ": would make " + size_text(wish) + cost);
  else lines.push_back("~ " + title_of(wish) + ": would go from " + nodes_text(*found->nodes) + " to " + size_text(wish) + cost);
  co_return lines;
}

Task<std::optional<std::string>> change_of_cluster(Provider& provider, ClusterWish wish) {
  Task<Result<FoundCluster>> finding = provider.find();
  const Result<FoundCluster> found = co_await finding;
  if (!found) co_return "whether " + title_of(wish) + " is still there could not be asked";
  if (found->standing == Standing::absent || found->standing == Standing::leaving) co_return title_of(wish) + " is gone";
  if (found->standing != Standing::ready) co_return title_of(wish) + " is not running" + in_words(found->detail);
  if (is_to_be_scaled(nullptr, provider, *found, wish)) co_return title_of(wish) + " has " + nodes_text(*found->nodes);
  co_return std::nullopt;
}

}  // namespace sdlrun::stages::kubernetes
