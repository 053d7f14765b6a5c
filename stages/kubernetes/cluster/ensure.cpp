#include "stages/kubernetes/cluster/ensure.hpp"

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

}  // namespace

Task<Result<FoundCluster>> ensure_cluster(engine::StageContext& context, Provider& provider, ClusterWish wish) {
  Task<Result<std::shared_ptr<void>>> locking = lock(context, wish);
  const auto section = co_await locking;
  if (!section) co_return tl::unexpected(section.error());
  Wait wait(context, wish);
  bool has_asked = false, has_started = false, has_scaled = false;
  while (true) {
    Task<Result<FoundCluster>> finding = provider.find();
    Result<FoundCluster> found = co_await finding;
    if (!found) co_return found;
    Result<bool> done = true;
    if (found->standing == Standing::broken) co_return engine::failure(title_of(wish) + " is broken" + in_words(found->detail), found->is_ours ? how_to_delete() : "it was not made by sdlrun: mend or delete it with the tool that made it");
    if (found->standing == Standing::absent) {
      if (has_asked) co_return engine::failure(title_of(wish) + " was asked for, and is gone again", "look at the provider's own console: what does it say?");
      has_asked = true;
      context.log("making " + title_of(wish) + ": " + size_text(wish));
      context.progress("making " + size_text(wish));
      Task<Result<bool>> making = provider.make();
      done = co_await making;
    } else if (found->standing == Standing::stopped) {
      if (has_started) co_return engine::failure(title_of(wish) + " was started, and is not running" + in_words(found->detail), how_to_delete());
      has_started = true;
      context.log("starting " + title_of(wish) + in_words(found->detail));
      context.progress("starting");
      Task<Result<bool>> starting = provider.start();
      done = co_await starting;
    } else if (found->standing == Standing::unfinished || found->standing == Standing::leaving) {
      Task<Result<bool>> pausing = wait.pause(found->standing == Standing::leaving ? "being deleted" : "being made", found->detail);
      done = co_await pausing;
    } else if (!has_scaled && is_to_be_scaled(&context, provider, *found, wish)) {
      has_scaled = true;
      context.log("bringing " + title_of(wish) + " from " + nodes_text(*found->nodes) + " to " + std::to_string(wish.nodes));
      Task<Result<bool>> scaling = provider.scale();
      done = co_await scaling;
    } else {
      if (!found->is_ours) context.warn(title_of(wish) + " was there, and not made by sdlrun: it is used as it is, and never deleted");
      Task<Result<bool>> giving = provider.give_access();
      done = co_await giving;
      if (done) co_return found;
    }
    if (!done) co_return tl::unexpected(done.error());
    if (context.stopping()) co_return engine::failure("stopped");
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
