#include "dsl/check/secret_source.hpp"
#include "dsl/check/body_checker.hpp"

#include <algorithm>

namespace sdlrun::dsl {

BodyChecker::BodyChecker(Program& program, Body& body, Diagnostics& diagnostics)
    : program_(program), body_(body), diagnostics_(diagnostics), types_(&program, *body.module, diagnostics) {
  const std::size_t count = body.items->size();
  body_.item_types.resize(count);
  body_.step_outputs.resize(count);
  let_progress_.resize(count, Progress::unchecked);
  let_late_.resize(count);
  outputs_known_.resize(count);
  output_late_.resize(count);
  output_types_.resize(count);
  references_.resize(count);
  key_progress_.resize(count, Progress::unchecked);
  key_types_.resize(count);
}

void ensure_checked(Program& program, Body& body, Span use, Diagnostics& diagnostics) {
  if (body.state == Body::State::checking) {
    diagnostics.add({.name = "recursive-stage", .message = "stage `" + std::string(body.name.text) + "` contains itself", .span = use,
                     .label = "used here", .hint = "stages are unfolded before anything runs: there is no recursion",
                     .related = {{body.name.span, "declared here"}}});
    return;
  }
  if (body.state == Body::State::checked) return;
  body.state = Body::State::checking;
  BodyChecker(program, body, diagnostics).check();
  body.state = Body::State::checked;
}

void BodyChecker::check() {
  collect_names();
  resolve_declared_types();
  for (std::uint32_t index = 0; index < body_.items->size(); ++index) check_item(index);
  build_interface();
  report_cycles();
}

void BodyChecker::collect_names() {
  std::unordered_map<std::string_view, Span> outputs;
  for (std::uint32_t index = 0; index < body_.items->size(); ++index) {
    const Item& item = (*body_.items)[index];
    if (const auto* output = std::get_if<OutputDeclaration>(&item)) {
      const auto [earlier, is_new] = outputs.emplace(output->name.text, output->name.span);
      if (!is_new) {
        error("duplicate-name", output->name.span, "output `" + std::string(output->name.text) + "` is declared twice", "the second time",
              "give one of them another name", {{earlier->second, "the first one"}});
      }
      continue;
    }
    const auto name = declared_name(item);
    if (!name) continue;
    const auto [earlier, is_new] = body_.names.emplace(name->text, index);
    if (is_new) continue;
    const auto first = declared_name((*body_.items)[earlier->second]);
    const bool may_compare = std::holds_alternative<RequireDeclaration>(item);
    error("duplicate-name", name->span, "`" + std::string(name->text) + "` is declared twice", "the second time",
          may_compare ? "a requirement is written `require name = condition`; to compare, write `==`"
                      : "params, lets, secrets, steps and requirements of one body have different names",
          {{first->span, "the first one"}});
  }
}

void BodyChecker::resolve_declared_types() {
  for (std::uint32_t index = 0; index < body_.items->size(); ++index) {
    const Item& item = (*body_.items)[index];
    if (const auto* param = std::get_if<ParamDeclaration>(&item)) body_.item_types[index] = types_.resolve(param->type);
    if (const auto* input = std::get_if<InputDeclaration>(&item)) body_.item_types[index] = types_.resolve(input->type);
    if (std::holds_alternative<SecretDeclaration>(item)) body_.item_types[index] = Type(SecretType{Type(StringType{})});
  }
}

void BodyChecker::check_item(std::uint32_t index) {
  item_stack_.push_back(index);
  std::visit([&](const auto& declaration) { check_declaration(declaration, index); }, (*body_.items)[index]);
  item_stack_.pop_back();
}

void BodyChecker::check_declaration(const ParamDeclaration& param, std::uint32_t index) {
  if (!body_.is_pipeline) {
    error("param-in-stage", param.name.span, "a stage takes inputs, not params", "declared in a stage", "write `input` instead of `param`");
  }
  const Type& type = body_.item_types[index];
  if (type.as<HandleType>() != nullptr) {
    error("not-a-param-type", param.name.span, "a param cannot be a `" + type_text(type) + "`", "only a step makes one", "take what the step is made of, such as a `file`");
  }
  if (!param.default_value) return;
  const bool is_none = type.as<OptionalType>() != nullptr && std::holds_alternative<NoneLiteral>(body_.module->tree[*param.default_value].node);
  if (without_optional(type).as<SecretType>() == nullptr || is_none) return check_default(*param.default_value, type, param.name.text);
  check_secret_source(*param.default_value);
}

void BodyChecker::check_declaration(const InputDeclaration& input, std::uint32_t index) {
  if (body_.is_pipeline) {
    error("input-in-pipeline", input.name.span, "a pipeline takes params, not inputs", "declared in a pipeline", "write `param` instead of `input`");
  }
  if (input.default_value) check_default(*input.default_value, body_.item_types[index], input.name.text);
}

void BodyChecker::check_default(ExpressionId value, const Type& type, std::string_view name) {
  const std::string place = "`" + std::string(name) + "`";
  const Checked checked = expression_checker().check(value, {type, place});
  if (!checked.late) return;
  error("late-default", body_.module->tree[value].span, "a default is known before anything runs", "known only after a step has run", "use a literal, a param or a `let`");
}

void BodyChecker::check_declaration(const SecretDeclaration& secret, std::uint32_t) {
  check_secret_source(secret.source);
  if (!body_.is_pipeline) {
    error("secret-in-stage", secret.name.span, "a stage does not read secrets by itself", "declared in a stage", "take it as `input " + std::string(secret.name.text) + ": secret<string>`");
  }
}

void BodyChecker::check_secret_source(ExpressionId source) {
  if (secret_source(body_.module->tree, source)) return;
  error("bad-secret-source", body_.module->tree[source].span, "a secret is read from the environment or a file, or generated", "none of these",
        "write `env(\"NAME\")`, `file(\"path\")` or `generated()`: a secret's text never stands in a pipeline");
}

void BodyChecker::check_declaration(const PoolDeclaration& pool, std::uint32_t index) {
  if (!body_.is_pipeline) {
    error("pool-in-stage", pool.name.span, "a stage declares no pools", "declared in a stage", "declare it in the pipeline, or in sdl.yaml under `pools`; steps of stages may name it");
  }
  for (std::uint32_t earlier = 0; earlier < index; ++earlier) {
    const auto* other = std::get_if<PoolDeclaration>(&(*body_.items)[earlier]);
    if (other == nullptr || other->name.text != pool.name.text) continue;
    error("duplicate-name", pool.name.span, "pool `" + std::string(pool.name.text) + "` is declared twice", "the second time", "give one of them another name", {{other->name.span, "the first one"}});
    break;
  }
  const Checked checked = expression_checker().check(pool.size, {pool_size_type(), "a pool"});
  if (!checked.late) return;
  error("late-pool", body_.module->tree[pool.size].span, "a pool's size must be known before anything runs", "known only after a step has run", "use a literal, a param or a `let`");
}

void BodyChecker::check_declaration(const LetDeclaration&, std::uint32_t index) { let_type(index); }

void BodyChecker::check_declaration(const RequireDeclaration& require, std::uint32_t) {
  ExpressionChecker expressions = expression_checker();
  expressions.check(require.condition, {Type(BoolType{}), "`require`"});
  if (require.message) expressions.check(*require.message, {Type(StringType{}), "the message of `require`"});
}

void BodyChecker::check_declaration(const OutputDeclaration& output, std::uint32_t index) {
  const Checked checked = expression_checker().infer(output.value);
  output_types_[index] = checked.type;
  output_late_[index] = checked.late;
}

Checked BodyChecker::let_type(std::uint32_t index) {
  if (let_progress_[index] == Progress::checked) return {body_.item_types[index], let_late_[index]};
  // A cycle: report_cycles() tells of it.
  if (let_progress_[index] == Progress::checking) return {};
  const auto& let = std::get<LetDeclaration>((*body_.items)[index]);
  if (item_stack_.size() > deepest_chain) {
    error("nesting-too-deep", let.name.span, "more than 500 names here each need the next one", "the chain breaks here", "declare each `let` before those that use it");
    return {};
  }
  let_progress_[index] = Progress::checking;
  item_stack_.push_back(index);
  const Type wanted = let.type ? types_.resolve(*let.type) : Type();
  const std::string place = "`" + std::string(let.name.text) + "`";
  const Checked checked = expression_checker().check(let.value, {wanted, place});
  item_stack_.pop_back();
  body_.item_types[index] = let.type ? wanted : checked.type;
  let_late_[index] = checked.late;
  let_progress_[index] = Progress::checked;
  return {body_.item_types[index], checked.late};
}

std::optional<NameMeaning> BodyChecker::meaning_of(const Name& name) {
  const auto found = body_.names.find(name.text);
  if (found == body_.names.end()) return std::nullopt;
  const std::uint32_t index = found->second;
  const Item& item = (*body_.items)[index];
  if (!item_stack_.empty()) references_[item_stack_.back()].push_back(index);
  if (std::holds_alternative<LetDeclaration>(item)) return NameMeaning(let_type(index));
  if (const auto* step = std::get_if<StepDeclaration>(&item)) return NameMeaning(NamedStep{step, &step_outputs(index), [this, index] { return key_types(index); }});
  if (const auto* require = std::get_if<RequireDeclaration>(&item)) {
    error("requirement-as-value", name.span, "requirement `" + std::string(name.text) + "` is not a value", "declared by `require`",
          "name it in `with { after = [" + std::string(name.text) + "] }`", {{require->name->span, "the requirement"}});
    return NameMeaning(Checked{});
  }
  return NameMeaning(Checked{body_.item_types[index], false});
}

std::vector<std::string_view> BodyChecker::value_names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, index] : body_.names) names.push_back(name);
  std::sort(names.begin(), names.end());  // the offer must not depend on hashing
  return names;
}

ExpressionChecker BodyChecker::expression_checker() {
  return ExpressionChecker(*body_.module, [this](const Name& name) { return meaning_of(name); }, [this] { return value_names(); }, diagnostics_, &program_.schemas);
}

void BodyChecker::build_interface() {
  for (std::uint32_t index = 0; index < body_.items->size(); ++index) {
    const Item& item = (*body_.items)[index];
    if (const auto* input = std::get_if<InputDeclaration>(&item)) {
      const bool optional = input->default_value.has_value() || body_.item_types[index].as<OptionalType>() != nullptr;
      body_.interface.inputs.push_back({input->name.text, body_.item_types[index], !optional});
    }
    if (const auto* output = std::get_if<OutputDeclaration>(&item)) {
      body_.interface.outputs.push_back({output->name.text, output_types_[index]});
    }
  }
}

void BodyChecker::error(std::string_view name, Span span, std::string message, std::string label, std::string hint, std::vector<RelatedPlace> related) {
  diagnostics_.add({.name = name, .message = std::move(message), .span = span, .label = std::move(label), .hint = std::move(hint), .related = std::move(related)});
}

}  // namespace sdlrun::dsl
