// Checks of steps: their stages, inputs, outputs and the lists they go over.
#include <algorithm>
#include <filesystem>

#include "dsl/check/body_checker.hpp"
#include "dsl/values/line_pattern.hpp"

namespace sdlrun::dsl {

namespace {

std::string name_elements_hint(const std::string& variable, const Type& key) {
  const bool is_path = key.as<FileType>() != nullptr || key.as<DirType>() != nullptr;
  return "name them by " + (is_path ? "their names: `[" + variable + " in … by basename(" + variable + ")]`"
                                    : "one of their fields: `[" + variable + " in … by " + variable + ".name]`");
}

bool has_when(const StepDeclaration& step) {
  if (!step.with) return false;
  return std::any_of(step.with->entries.begin(), step.with->entries.end(), [](const Entry& entry) { return entry.name.text == "when"; });
}

/// The outputs that both offer, with the type that both fit.
std::vector<InterfaceOutput> shared_outputs(const std::vector<InterfaceOutput>& left, const std::vector<InterfaceOutput>& right) {
  std::vector<InterfaceOutput> shared;
  for (const InterfaceOutput& output : left) {
    const auto other = std::find_if(right.begin(), right.end(), [&](const InterfaceOutput& candidate) { return candidate.name == output.name; });
    if (other == right.end()) continue;
    if (const auto both = common_type(output.type, other->type)) shared.push_back({output.name, *both});
  }
  return shared;
}

/// The keys of a map that is written out as input `files`.
std::vector<std::string_view> placed_names(const Module& tree, const StageCall& call) {
  std::vector<std::string_view> names;
  for (const Entry& entry : call.inputs.entries) {
    const auto* files = entry.name.text == "files" ? std::get_if<MapLiteral>(&tree[entry.value].node) : nullptr;
    if (files == nullptr) continue;
    for (const auto& [key, value] : files->entries) {
      if (const auto* name = std::get_if<StringLiteral>(&tree[key].node)) names.push_back(name->text);
    }
  }
  return names;
}

bool may_be_declared_output(const Type& type) {
  if (const auto* list = type.as<ListType>()) return may_be_declared_output(list->element) && list->element.as<FileType>() == nullptr && list->element.as<DirType>() == nullptr;
  return type.as<SecretType>() == nullptr && type.as<HandleType>() == nullptr && type.as<UnionType>() == nullptr;
}

bool is_scalar(const Type& type) {
  return type.is_unknown() || type.as<IntType>() != nullptr || type.as<FloatType>() != nullptr || type.as<StringType>() != nullptr ||
         type.as<BoolType>() != nullptr || type.as<EnumType>() != nullptr;
}

}  // namespace

std::vector<const StageCall*> calls_of(const Module& tree, const StepDeclaration& step) {
  std::vector<const StageCall*> calls;
  if (const auto* call = std::get_if<StageCallId>(&step.body)) calls.push_back(&tree.call(*call));
  if (const auto* choice = std::get_if<StepIf>(&step.body)) {
    calls.push_back(&tree.call(choice->then_call));
    calls.push_back(&tree.call(choice->else_call));
  }
  if (const auto* match = std::get_if<StepMatch>(&step.body)) {
    for (const StepMatchArm& arm : match->arms) calls.push_back(&tree.call(arm.call));
  }
  return calls;
}

StageInterface interface_of_schema(const StageSchema& schema) {
  StageInterface interface;
  for (const InputSchema& input : schema.inputs) {
    if (input.said_in_with) continue;
    interface.inputs.push_back({input.name, input.type, !input.default_value && input.type.as<OptionalType>() == nullptr});
  }
  for (const OutputSchema& output : schema.outputs) interface.outputs.push_back({output.name, output.type});
  return interface;
}

const StageInterface* BodyChecker::interface_of(const StageTarget& target, Span span) {
  if (const auto* body = std::get_if<Body*>(&target)) {
    ensure_checked(program_, **body, span, diagnostics_);
    return &(*body)->interface;
  }
  const StageSchema* schema = std::get<const StageSchema*>(target);
  auto& known = native_interfaces_[schema];
  if (!known) known = std::make_unique<StageInterface>(interface_of_schema(*schema));
  return known.get();
}

const std::vector<InterfaceOutput>& BodyChecker::step_outputs(std::uint32_t index) {
  if (outputs_known_[index]) return body_.step_outputs[index];
  outputs_known_[index] = true;
  const auto& step = std::get<StepDeclaration>((*body_.items)[index]);
  std::vector<InterfaceOutput> outputs;
  bool first = true;
  for (const StageCall* call : calls_of(body_.module->tree, step)) {
    std::vector<InterfaceOutput> of_call = call_outputs(*call, step);
    outputs = first ? std::move(of_call) : shared_outputs(outputs, of_call);
    first = false;
  }
  if (has_when(step)) {
    for (InterfaceOutput& output : outputs) {
      if (output.type.as<OptionalType>() == nullptr && !output.type.is_unknown()) output.type = Type(OptionalType{output.type});
    }
  }
  body_.step_outputs[index] = std::move(outputs);
  return body_.step_outputs[index];
}

std::vector<InterfaceOutput> BodyChecker::call_outputs(const StageCall& call, const StepDeclaration& step) {
  std::vector<InterfaceOutput> outputs;
  if (const auto target = find_stage(program_, *body_.module, call.path)) {
    if (const StageInterface* interface = interface_of(*target, call.path.back().span)) outputs = interface->outputs;
  }
  for (const auto* clause : {&call.outputs, &step.outputs}) {
    if (!*clause) continue;
    for (const DeclaredOutput& output : (*clause)->outputs) outputs.push_back({output.name.text, types_.resolve(output.type)});
  }
  return outputs;
}

void BodyChecker::check_declaration(const StepDeclaration& step, std::uint32_t index) {
  step_outputs(index);
  ExpressionChecker expressions = expression_checker();
  check_axes(step, expressions);
  check_with(step, expressions);
  check_body(step, expressions);
}

/// What names the elements of a for-each step, by axis. What is wrong with its lists is told where the step is checked.
std::vector<Type> BodyChecker::key_types(std::uint32_t index) {
  if (key_progress_[index] == Progress::checked) return key_types_[index];
  // A cycle, which report_cycles() tells of, or a chain that is no pipeline.
  if (key_progress_[index] == Progress::checking || item_stack_.size() > deepest_chain) return {};
  key_progress_[index] = Progress::checking;
  item_stack_.push_back(index);
  Diagnostics untold;
  ExpressionChecker expressions(*body_.module, [this](const Name& name) { return meaning_of(name); }, [] { return std::vector<std::string_view>(); }, untold);
  std::vector<Type> types;
  for (const Axis& axis : std::get<StepDeclaration>((*body_.items)[index]).axes) {
    const Type source = expressions.infer(axis.source).type;
    const auto* list = source.as<ListType>();
    expressions.push_local({axis.variable, {list != nullptr ? list->element : Type(), false}});
    types.push_back(axis.by ? expressions.infer(*axis.by).type : list != nullptr ? list->element : Type());
  }
  item_stack_.pop_back();
  key_types_[index] = types;
  key_progress_[index] = Progress::checked;
  return types;
}

void BodyChecker::check_axes(const StepDeclaration& step, ExpressionChecker& expressions) {
  if (step.axes.size() > 2) {
    error("too-many-axes", step.axes[2].variable.span, "a for-each step goes over one or two lists", "the third", "make a list of records of them with a `let`");
  }
  for (const Axis& axis : step.axes) {
    const Span span = body_.module->tree[axis.source].span;
    const Checked source = expressions.infer(axis.source);
    const auto* list = source.type.as<ListType>();
    if (list == nullptr && !source.type.is_unknown()) {
      error("not-a-list", span, "a for-each step goes over a list", "this is `" + type_text(source.type) + "`", "of a map take `keys(…)`");
    }
    const Type element = list != nullptr ? list->element : Type();
    expressions.push_local({axis.variable, {element, false}});
    const Type key = axis.by ? expressions.infer(*axis.by).type : element;
    const Type wanted{UnionType{{Type(StringType{}), Type(IntType{})}}};
    if (fits(key, wanted)) continue;
    error("bad-element-name", axis.by ? body_.module->tree[*axis.by].span : span, "elements are told apart by a string, an int or an enum", "this is `" + type_text(key) + "`",
          name_elements_hint(std::string(axis.variable.text), key));
  }
}

void BodyChecker::check_body(const StepDeclaration& step, ExpressionChecker& expressions) {
  const Module& tree = body_.module->tree;
  if (const auto* call = std::get_if<StageCallId>(&step.body)) return check_call(tree.call(*call), step, expressions);
  if (const auto* choice = std::get_if<StepIf>(&step.body)) {
    expressions.check(choice->condition, {Type(BoolType{}), "the condition of `if`"});
    const std::size_t mark = expressions.narrow(choice->condition, true);
    check_call(tree.call(choice->then_call), step, expressions);
    expressions.restore_narrowing(mark);
    expressions.narrow(choice->condition, false);
    check_call(tree.call(choice->else_call), step, expressions);
    expressions.restore_narrowing(mark);
    return;
  }
  const auto& match = std::get<StepMatch>(step.body);
  const Checked subject = expressions.infer(match.subject);
  PatternChecker patterns(expressions, subject.type, tree[match.subject].span);
  for (const StepMatchArm& arm : match.arms) {
    patterns.arm(arm.patterns, arm.span);
    check_call(tree.call(arm.call), step, expressions);
  }
  patterns.finish();
}

void BodyChecker::check_call(const StageCall& call, const StepDeclaration& step, ExpressionChecker& expressions) {
  const auto target = find_stage(program_, *body_.module, call.path);
  if (!target) {
    report_unknown_stage(call);
    for (const Entry& entry : call.inputs.entries) expressions.infer(entry.value);
    return;
  }
  if (const StageInterface* interface = interface_of(*target, call.path.back().span)) check_inputs(call, *interface, expressions);
  if (call.outputs) check_outputs_clause(*call.outputs, call, *target);
  if (step.outputs) check_outputs_clause(*step.outputs, call, *target);
}

void BodyChecker::check_inputs(const StageCall& call, const StageInterface& interface, ExpressionChecker& expressions) {
  const std::string stage = path_text(call.path);
  expressions.set_placed_names(placed_names(body_.module->tree, call));
  std::vector<std::string_view> given;
  std::vector<std::string_view> meant;  // inputs that a misspelt name stands for: one mistake, one error
  for (const Entry& entry : call.inputs.entries) {
    const std::string name(entry.name.text);
    if (std::find(given.begin(), given.end(), entry.name.text) != given.end()) {
      error("duplicate-input", entry.name.span, "input `" + name + "` stands twice", "the second time", "take one of them out");
    }
    given.push_back(entry.name.text);
    const InterfaceInput* input = interface.find_input(entry.name.text);
    if (input == nullptr) {
      std::vector<std::string_view> names;
      std::vector<std::string> shown;
      for (const InterfaceInput& candidate : interface.inputs) {
        names.push_back(candidate.name);
        shown.emplace_back(candidate.name);
      }
      const std::string all = shown.empty() ? "it takes none" : "it takes " + listed(shown);
      meant.push_back(nearest_name(name, names));
      static constexpr std::string_view engine_options[] = {"after", "when", "on_demand", "retry", "timeout", "pool", "cache", "env", "on", "cpus", "memory"};
      const bool is_option = std::find(std::begin(engine_options), std::end(engine_options), entry.name.text) != std::end(engine_options);
      error("unknown-input", entry.name.span, "`" + stage + "` has no input `" + name + "`", "not an input",
            is_option ? "what the engine offers every step stands in `with { " + name + " = … }`" : did_you_mean(name, names, all));
      expressions.infer(entry.value);
      continue;
    }
    const std::string place = "input `" + name + "`";
    expressions.check(entry.value, {input->type, place});
  }
  for (const InterfaceInput& input : interface.inputs) {
    const bool misspelt = std::find(meant.begin(), meant.end(), input.name) != meant.end();
    if (!input.required || misspelt || std::find(given.begin(), given.end(), input.name) != given.end()) continue;
    error("missing-input", join(call.path.front().span, call.path.back().span), "`" + stage + "` needs input `" + std::string(input.name) + "`", "not given",
          "add `" + std::string(input.name) + " = …`, of type `" + type_text(input.type) + "`; `sdlrun help " + stage + "` shows all");
  }
}

void BodyChecker::check_outputs_clause(const OutputsClause& clause, const StageCall& call, const StageTarget& target) {
  const auto* schema = std::get_if<const StageSchema*>(&target);
  if (schema == nullptr || !(*schema)->takes_outputs_clause) {
    const Span span{clause.span.file, clause.span.begin, clause.span.begin + static_cast<std::uint32_t>(std::string_view("outputs").size())};
    error("outputs-not-taken", span, "`" + path_text(call.path) + "` has the outputs of its schema", "no clause here", "only stages that run a program of yours, such as `exec.run`, take `outputs { … }`");
    return;
  }
  std::vector<std::string_view> names;
  for (const OutputSchema& output : (*schema)->outputs) names.push_back(output.name);
  for (const DeclaredOutput& output : clause.outputs) {
    if (std::find(names.begin(), names.end(), output.name.text) != names.end()) {
      error("duplicate-name", output.name.span, "output `" + std::string(output.name.text) + "` is declared twice", "the second time", "give one of them another name");
    }
    names.push_back(output.name.text);
    const Type type = types_.resolve(output.type);
    const Span type_span = body_.module->tree[output.type].span;
    if (!may_be_declared_output(type)) {
      error("not-an-output-type", type_span, "a program cannot leave a `" + type_text(type) + "`", "not here", "take file, dir, or a type that can be written as JSON");
    }
    if (output.source == OutputSource::standard_output && !is_scalar(type)) {
      error("not-an-output-type", type_span, "`at stdout` reads one value", "this is `" + type_text(type) + "`", "take int, float, string, bool or an enum; else let the program write a file");
    }
    if (output.pattern) check_pattern(*output.pattern);
    if (!output.path) continue;
    const auto* literal = std::get_if<StringLiteral>(&body_.module->tree[*output.path].node);
    if (literal == nullptr) continue;
    const std::filesystem::path path = std::filesystem::path(literal->text).lexically_normal();
    const bool leaves = path.empty() || path.is_absolute() || *path.begin() == ".." || path == ".";
    if (leaves) {
      error("bad-output-path", body_.module->tree[*output.path].span, "an output lies in the step's own folder", "outside of it", "write a path such as \"model.keras\": the program runs in that folder");
    }
  }
}

void BodyChecker::check_pattern(ExpressionId pattern) {
  const auto* literal = std::get_if<StringLiteral>(&body_.module->tree[pattern].node);
  const auto mistake = literal == nullptr ? std::nullopt : pattern_mistake(literal->text);
  if (!mistake) return;
  error("bad-output-pattern", body_.module->tree[pattern].span, "this is no regular expression: " + *mistake, "cannot be used",
        "the first group is the value, as in `\"accuracy: ([0-9.]+)\"`; a parenthesis itself is written `[(]`");
}

void BodyChecker::report_unknown_stage(const StageCall& call) {
  const std::string name = path_text(call.path);
  const Span span = join(call.path.front().span, call.path.back().span);
  std::vector<std::string> full_names;
  for (const StageSchema* schema : program_.schemas.all()) full_names.push_back(schema->full_name());
  for (const auto& [stage, body] : body_.module->stages) full_names.emplace_back(stage);
  for (const auto& [alias, library] : body_.module->libraries) {
    for (const LoadedModule* member : library.modules) {
      for (const auto& [stage, body] : member->stages) full_names.push_back(std::string(alias) + "." + std::string(stage));
    }
  }
  std::sort(full_names.begin(), full_names.end());
  const std::vector<std::string_view> candidates(full_names.begin(), full_names.end());
  std::vector<std::string> of_family;
  for (const std::string& candidate : full_names) {
    if (call.path.size() > 1 && candidate.starts_with(std::string(call.path[0].text) + ".")) of_family.push_back(candidate);
  }
  const std::string otherwise = of_family.empty() ? "`sdlrun help` lists the stages; a library's stages need `use \"path\" as name`" : "there are " + listed(of_family);
  error("unknown-stage", span, "there is no stage `" + name + "`", "not a stage", did_you_mean(name, candidates, otherwise));
}

}  // namespace sdlrun::dsl
