// Checks of `with { }`: what the engine offers every step.
#include <algorithm>
#include <array>

#include "dsl/check/body_checker.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::array<std::string_view, 12> options = {"after", "when", "on_demand", "timeout", "retry", "pool", "cpus", "memory", "cache", "env", "on", "image"};

/// What runs on many nodes at once cannot be said of a stage written in .sdl: its steps say it.
bool only_of_one_step(std::string_view option) { return option != "after" && option != "when" && option != "on_demand"; }

}  // namespace

Type pool_size_type() { return Type(IntType{1, 1'000'000}); }

Type pools_type() { return Type(UnionType{{Type(StringType{}), Type(ListType{Type(StringType{})})}}); }

Type cache_type() { return Type(EnumType{{"off", "local", "shared"}}); }

Type retry_type() {
  const auto optional = [](Type type) { return Type(OptionalType{std::move(type)}); };
  return Type(RecordType{{{"attempts", Type(IntType{1, 100})},
                          {"backoff", optional(Type(DurationType{}))},
                          {"exit_codes", optional(Type(ListType{Type(IntType{1, 255})}))}},
                         ""});
}

void BodyChecker::check_with(const StepDeclaration& step, ExpressionChecker& expressions) {
  if (!step.with) return;
  std::vector<std::string_view> given;
  for (const Entry& entry : step.with->entries) {
    if (std::find(given.begin(), given.end(), entry.name.text) != given.end()) {
      error("duplicate-option", entry.name.span, "`" + std::string(entry.name.text) + "` stands twice", "the second time", "take one of them out");
    }
    given.push_back(entry.name.text);
    check_with_entry(entry, step, expressions);
  }
  check_place_is_whole(step);
}

/// `on` and `image` go together.
void BodyChecker::check_place_is_whole(const StepDeclaration& step) {
  const auto find = [&](std::string_view name) {
    return std::find_if(step.with->entries.begin(), step.with->entries.end(), [&](const Entry& entry) { return entry.name.text == name; });
  };
  const auto place = find(StageSchema::place_input), image = find(StageSchema::image_input), none = step.with->entries.end();
  if (place != none && image == none) {
    error("place-without-image", place->name.span, "`on` wants an `image` beside it", "no `image` is said", "add the image that the program runs in: `image = \"debian:12\"`");
  }
  if (image != none && place == none) {
    error("place-without-image", image->name.span, "`image` wants an `on` beside it", "no place is said", "`on = jobs.jobs` says where it runs, with `step jobs = kubernetes.jobs { … }`; on this machine there is no image");
  }
}

void BodyChecker::check_with_entry(const Entry& entry, const StepDeclaration& step, ExpressionChecker& expressions) {
  const std::string_view option = entry.name.text;
  const auto* call = std::get_if<StageCallId>(&step.body);
  const auto target = call == nullptr ? std::nullopt : find_stage(program_, *body_.module, body_.module->tree.call(*call).path);
  if (target && std::holds_alternative<Body*>(*target) && only_of_one_step(option)) {
    error("option-of-one-step", entry.name.span, "`" + std::string(option) + "` holds for one step, and this stage has several", "not here", "say it in the stage, at the step it is meant for");
  }
  if (option == "after") return check_after(entry, expressions);
  if (option == "when") {
    expressions.check(entry.value, {Type(BoolType{}), "`when`"});
    expressions.narrow(entry.value, true);  // holds for the rest of the step
    return;
  }
  Expected expected;
  if (option == "on_demand") expected = {Type(BoolType{}), "`on_demand`"};
  if (option == "timeout") expected = {Type(DurationType{}), "`timeout`"};
  if (option == "retry") expected = {retry_type(), "`retry`"};
  if (option == "pool") expected = {pools_type(), "`pool`"};
  if (option == "cpus") expected = {Type(IntType{1, 1'000'000}), "`cpus`"};
  if (option == "memory") expected = {Type(SizeType{}), "`memory`"};
  if (option == "cache") expected = {cache_type(), "`cache`"};
  if (option == "env") {
    expected = {Type(MapType{Type(UnionType{{Type(StringType{}), Type(SecretType{Type(StringType{})})}})}), "`env`"};
    expressions.check(entry.value, expected);
    return;
  }
  if (option == StageSchema::place_input || option == StageSchema::image_input) return check_place(entry, step, expressions);
  if (expected.place.empty()) {
    error("unknown-option", entry.name.span, "the engine has no option `" + std::string(option) + "`", "not an option",
          did_you_mean(option, {options.begin(), options.end()}, "the engine offers after, when, on_demand, timeout, retry, pool, cpus, memory, cache, env, on and image; a stage's inputs stand in its own block"));
    expressions.infer(entry.value);
    return;
  }
  const Checked checked = expressions.check(entry.value, expected);
  if (checked.late) {
    error("late-option", body_.module->tree[entry.value].span, "`" + std::string(option) + "` must be known before anything runs", "known only after a step has run", "use a literal, a param or a `let`");
  }
}

/// `on` and `image`, which only stages take that can run elsewhere.
void BodyChecker::check_place(const Entry& entry, const StepDeclaration& step, ExpressionChecker& expressions) {
  const std::string option(entry.name.text);
  const InputSchema* input = nullptr;
  std::string stages;
  for (const StageCall* call : calls_of(body_.module->tree, step)) {
    const auto target = find_stage(program_, *body_.module, call->path);
    if (!target) return static_cast<void>(expressions.infer(entry.value));  // told elsewhere
    const auto* schema = std::get_if<const StageSchema*>(&*target);
    const InputSchema* taken = schema == nullptr ? nullptr : (*schema)->find_input(option);
    if (taken != nullptr && taken->said_in_with) input = taken;
    stages += (stages.empty() ? "`" : ", `") + path_text(call->path) + '`';
  }
  if (input != nullptr) return static_cast<void>(expressions.check(entry.value, {input->type, "`" + option + "`"}));
  std::vector<std::string> able;
  for (const StageSchema* schema : program_.schemas.all()) {
    if (schema->can_run_elsewhere()) able.push_back(schema->full_name());
  }
  error("cannot-run-elsewhere", entry.name.span, stages + " cannot run elsewhere: `" + option + "` is not for it", "not taken",
        "steps of " + listed(able) + " can; other stages that work on a cluster take it as an input of their own");
  expressions.infer(entry.value);
}

void BodyChecker::check_after(const Entry& entry, ExpressionChecker& expressions) {
  const Expression& value = body_.module->tree[entry.value];
  const auto* list = std::get_if<ListLiteral>(&value.node);
  const std::vector<ExpressionId> elements = list != nullptr ? list->elements : std::vector{entry.value};
  for (const ExpressionId element : elements) {
    const Expression& expression = body_.module->tree[element];
    const auto* reference = std::get_if<Reference>(&expression.node);
    const Item* item = reference == nullptr ? nullptr : body_.find(reference->name.text);
    if (item != nullptr && std::holds_alternative<RequireDeclaration>(*item)) {
      references_[item_stack_.back()].push_back(body_.names.at(reference->name.text));
      continue;
    }
    if (expressions.step_access(element)) continue;
    const bool declared = reference == nullptr || item != nullptr;
    error("bad-after", expression.span, "`after` takes names of steps and requirements", declared ? "neither" : "not declared",
          declared ? "write `after = [step]`; a value that is used makes its step a dependency by itself" : did_you_mean(reference->name.text, value_names()));
  }
}

}  // namespace sdlrun::dsl
