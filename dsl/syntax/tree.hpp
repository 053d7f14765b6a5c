// The syntax tree: what was written, with spans, before any name is looked up.
//
// Expressions and type expressions live in vectors of their module and are referred to by typed 32-bit ids. The parser
// accepts more than the language does (an `input` in a pipeline, a step in a file of types): the checker refuses with a
// better message. Comments are kept beside the tree, in source order, so that the formatter loses nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dsl/source/source.hpp"

namespace sdlrun::dsl {

enum class ExpressionId : std::uint32_t {};
enum class TypeExpressionId : std::uint32_t {};

/// An identifier as written; the view points into the source text.
struct Name {
  std::string_view text;
  Span span;
};

// ---- expressions -------------------------------------------------------------------------------------------------

struct NoneLiteral {};
struct BoolLiteral {
  bool value;
};
struct IntLiteral {
  std::int64_t value;
};
struct FloatLiteral {
  double value;
};
/// `10s`, `2h30m`, `500ms`: milliseconds.
struct DurationLiteral {
  std::int64_t milliseconds;
};
/// `512MiB`, `1GB`, `100B`: bytes.
struct SizeLiteral {
  std::int64_t bytes;
};
/// A string without `${}`: escapes resolved, indentation of a multi-line string removed.
struct StringLiteral {
  std::string text;
};
/// `"a ${b} c"`: text and expressions in turn; the texts are StringLiteral expressions.
struct Interpolation {
  std::vector<ExpressionId> parts;
};
struct Reference {
  Name name;
};
/// `object.member`; the member may be a keyword.
struct Member {
  ExpressionId object;
  Name member;
};
/// `object[a]`, `object[a, b]`.
struct Index {
  ExpressionId object;
  std::vector<ExpressionId> indices;
};
/// `object[*]`.
struct IndexAll {
  ExpressionId object;
};
struct Call {
  Name function;
  std::vector<ExpressionId> arguments;
};
enum class UnaryOperator { negate, logical_not };
struct Unary {
  UnaryOperator operation;
  ExpressionId operand;
};
enum class BinaryOperator {
  add, subtract, multiply, divide, remainder,
  equal, not_equal, less, less_equal, greater, greater_equal,
  logical_and, logical_or, default_to,  // default_to is `??`
};
struct Binary {
  BinaryOperator operation;
  ExpressionId left;
  ExpressionId right;
  Span operator_span;
};
struct IfExpression {
  ExpressionId condition;
  ExpressionId then_value;
  ExpressionId else_value;
};
/// `"a", "b" => value` or `_ => value` (then `patterns` is empty).
struct MatchExpressionArm {
  std::vector<ExpressionId> patterns;
  ExpressionId value;
  Span span;
};
struct MatchExpression {
  ExpressionId subject;
  std::vector<MatchExpressionArm> arms;
};
struct ListLiteral {
  std::vector<ExpressionId> elements;
};
/// `{ "key": value }`. `{}` is an empty MapLiteral; the checker takes it as an empty record where one is expected.
struct MapLiteral {
  std::vector<std::pair<ExpressionId, ExpressionId>> entries;
};
struct RecordLiteralField {
  Name name;
  ExpressionId value;
};
/// `{ name: value }`.
struct RecordLiteral {
  std::vector<RecordLiteralField> fields;
};
/// `[element for variable in source if condition]`.
struct Comprehension {
  ExpressionId element;
  Name variable;
  ExpressionId source;
  std::optional<ExpressionId> condition;
};
/// Stands where the parser reported an error; the checker stays silent about it.
struct InvalidExpression {};

using ExpressionNode =
    std::variant<InvalidExpression, NoneLiteral, BoolLiteral, IntLiteral, FloatLiteral, DurationLiteral, SizeLiteral,
                 StringLiteral, Interpolation, Reference, Member, Index, IndexAll, Call, Unary, Binary, IfExpression,
                 MatchExpression, ListLiteral, MapLiteral, RecordLiteral, Comprehension>;

struct Expression {
  ExpressionNode node;
  Span span;
};

// ---- types -------------------------------------------------------------------------------------------------------

/// `int`, `file`, `Cluster`, `spark.cluster` (a handle of a stage family), `int(1..1000)`, `float(0.0..1.0)`;
/// either end of a range may be left open.
struct NamedTypeExpression {
  std::vector<Name> path;
  bool has_range = false;
  std::optional<ExpressionId> low;
  std::optional<ExpressionId> high;
};
/// `enum("a", "b")`; members are StringLiteral expressions.
struct EnumTypeExpression {
  std::vector<ExpressionId> members;
};
struct ListTypeExpression {
  TypeExpressionId element;
};
/// `{string: T}`.
struct MapTypeExpression {
  TypeExpressionId key;
  TypeExpressionId value;
};
struct RecordTypeField {
  Name name;
  TypeExpressionId type;
};
struct RecordTypeExpression {
  std::vector<RecordTypeField> fields;
};
/// `T?`.
struct OptionalTypeExpression {
  TypeExpressionId inner;
};
/// `secret<T>`.
struct SecretTypeExpression {
  TypeExpressionId inner;
};
/// `string | file | dir`: what a `command` or `args` entry may be.
struct UnionTypeExpression {
  std::vector<TypeExpressionId> members;
};

using TypeExpressionNode =
    std::variant<NamedTypeExpression, EnumTypeExpression, ListTypeExpression, MapTypeExpression, RecordTypeExpression,
                 OptionalTypeExpression, SecretTypeExpression, UnionTypeExpression>;

struct TypeExpression {
  TypeExpressionNode node;
  Span span;
};

// ---- declarations ------------------------------------------------------------------------------------------------

/// The text of the `##` lines above a declaration, joined by new lines, without the marks.
using DocComment = std::string;

/// `name = value` in a block.
struct Entry {
  Name name;
  ExpressionId value;
  Span span;
};
/// `{ name = value … }`; the span covers the braces.
struct Block {
  std::vector<Entry> entries;
  Span span;
};

/// Where a declared output of a program is found.
enum class OutputSource { path, standard_output };
/// `model: file at "model.keras"`, `pi: float at stdout matching "Pi is roughly (.*)"`. Without `at` the path is the
/// output's name.
struct DeclaredOutput {
  DocComment doc;
  Name name;
  TypeExpressionId type;
  OutputSource source = OutputSource::path;
  /// A StringLiteral; none where `at` was left out, or for `at stdout`.
  std::optional<ExpressionId> path;
  /// A StringLiteral holding a regular expression with one group; only with `at stdout`.
  std::optional<ExpressionId> pattern;
  Span span;
};
struct OutputsClause {
  std::vector<DeclaredOutput> outputs;
  Span span;
};

/// `family.stage { … } outputs { … }`; the path is one name for a stage of the same file, else two.
struct StageCall {
  std::vector<Name> path;
  Block inputs;
  std::optional<OutputsClause> outputs;
  Span span;
};
using StageCallId = std::uint32_t;

struct StepMatchArm {
  std::vector<ExpressionId> patterns;  // empty for `_`
  StageCallId call;
  Span span;
};
/// `match subject { "a" => stage { … } … }`.
struct StepMatch {
  ExpressionId subject;
  std::vector<StepMatchArm> arms;
};
/// `if condition then stage { … } else stage { … }`.
struct StepIf {
  ExpressionId condition;
  StageCallId then_call;
  StageCallId else_call;
};
using StepBody = std::variant<StageCallId, StepMatch, StepIf>;

/// `m in models by m.name`.
struct Axis {
  Name variable;
  ExpressionId source;
  std::optional<ExpressionId> by;
};

struct StepDeclaration {
  DocComment doc;
  Name name;
  std::vector<Axis> axes;
  StepBody body;
  /// An outputs clause behind a `match` or `if` body: it holds for every arm.
  std::optional<OutputsClause> outputs;
  std::optional<Block> with;
  Span span;
};
struct ParamDeclaration {
  DocComment doc;
  Name name;
  TypeExpressionId type;
  std::optional<ExpressionId> default_value;
  Span span;
};
/// `input`: what a stage written in .sdl takes.
struct InputDeclaration {
  DocComment doc;
  Name name;
  TypeExpressionId type;
  std::optional<ExpressionId> default_value;
  Span span;
};
/// `secret name = env("NAME")` or `file("path")`.
struct SecretDeclaration {
  DocComment doc;
  Name name;
  ExpressionId source;
  Span span;
};
/// `pool name = 2`: how many of the steps that name it run at once.
struct PoolDeclaration {
  DocComment doc;
  Name name;
  ExpressionId size;
  Span span;
};
struct LetDeclaration {
  DocComment doc;
  Name name;
  std::optional<TypeExpressionId> type;
  ExpressionId value;
  Span span;
};
struct RequireDeclaration {
  DocComment doc;
  std::optional<Name> name;
  ExpressionId condition;
  std::optional<ExpressionId> message;
  Span span;
};
struct OutputDeclaration {
  DocComment doc;
  Name name;
  ExpressionId value;
  Span span;
};
using Item = std::variant<ParamDeclaration, InputDeclaration, SecretDeclaration, LetDeclaration, StepDeclaration,
                          RequireDeclaration, OutputDeclaration, PoolDeclaration>;

struct PipelineDeclaration {
  DocComment doc;
  Name name;
  std::vector<Item> items;
  Span span;
};
/// A stage written in .sdl, made of other stages.
struct StageDeclaration {
  DocComment doc;
  Name name;
  std::vector<Item> items;
  Span span;
};
struct TypeDeclaration {
  DocComment doc;
  Name name;
  TypeExpressionId type;
  Span span;
};
/// `use "path" as name`, with `version "^2.1"` for a remote library.
struct UseDeclaration {
  DocComment doc;
  ExpressionId path;  // a StringLiteral
  std::optional<ExpressionId> version;
  std::optional<Name> alias;
  Span span;
};
using Declaration = std::variant<UseDeclaration, TypeDeclaration, StageDeclaration, PipelineDeclaration>;

/// A `#` or `##` comment, from its mark to the end of its line.
struct Comment {
  Span span;
};

/// One parsed file.
class Module {
 public:
  explicit Module(FileId file) : file_(file) {}

  FileId file() const { return file_; }

  /// Makes room for about so many expressions: moving them again and again costs more than parsing them.
  void reserve(std::size_t expressions) { expressions_.reserve(expressions); }

  ExpressionId add(Expression expression);
  TypeExpressionId add(TypeExpression type);
  StageCallId add(StageCall call);

  const Expression& operator[](ExpressionId id) const { return expressions_[static_cast<std::uint32_t>(id)]; }
  const TypeExpression& operator[](TypeExpressionId id) const { return types_[static_cast<std::uint32_t>(id)]; }
  const StageCall& call(StageCallId id) const { return calls_[id]; }

  std::size_t expression_count() const { return expressions_.size(); }

  std::vector<Declaration> declarations;
  std::vector<Comment> comments;

 private:
  FileId file_;
  std::vector<Expression> expressions_;
  std::vector<TypeExpression> types_;
  std::vector<StageCall> calls_;
};

}  // namespace sdlrun::dsl
