// Checks of `with { }`: what the engine offers every step.
#include <algorithm>
#include <array>

#include "dsl/check/body_checker.hpp"

namespace sdlrun::dsl {

namespace {

constexpr std::array<std::string_view, 10> options = {"after", "when", "on_demand", "timeout", "retry", "pool", "cpus", "memory", "cache", "env"};

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
  if (expected.place.empty()) {
    error("unknown-option", entry.name.span, "the engine has no option `" + std::string(option) + "`", "not an option",
          did_you_mean(option, {options.begin(), options.end()}, "the engine offers after, when, on_demand, timeout, retry, pool, cpus, memory, cache and env; a stage's inputs stand in its own block"));
    expressions.infer(entry.value);
    return;
  }
  const Checked checked = expressions.check(entry.value, expected);
  if (checked.late) {
    error("late-option", body_.module->tree[entry.value].span, "`" + std::string(option) + "` must be known before anything runs", "known only after a step has run", "use a literal, a param or a `let`");
  }
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
