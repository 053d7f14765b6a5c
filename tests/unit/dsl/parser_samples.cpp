#include "parser_samples.hpp"

namespace sdlrun::dsl {

const std::vector<std::string>& sample_texts() {
  static const std::vector<std::string> texts = {
      // the pipeline of the language's design
      R"SDL(use "../libraries/sentiment.sdl" as sentiment                               # a shared stage library, by path
use "git+https://git.example.com/reports.git" version "^2.1" as reports     # by version, pinned in sdl.lock

type Cluster = { master: string, namespace: string? }
type T2 = secret<string> | {string: [int(1..)]}
type E = enum("a", "b",)
## Train the IMDB sentiment model with Elephas on Spark.
## Second line.
pipeline imdb {
  ## The notebook to run.
  param notebook: file = "imdb/imdb_sentiment_analysis_keras_spark.ipynb"
  param epochs: int(1..1000) = 3
  param target: enum("local", "kubernetes") = "local"
  secret registry_password = env("REGISTRY_PASSWORD")
  let xs = [f(x) for x in xs if c]
  let long = 1 +
    2 * 3 ??
    -4

  step python = python.venv { requirements = "imdb/requirements.txt" }
  step script = notebook.convert { notebook = notebook, python = python.env }

  step image = image.build {
    base  = "spark:4"
    files = { "/opt/app/train.py": script.file }
  }

  step cluster = match target {
    "local"      => spark.local { cores = 2, memory = 2GiB }
    "kubernetes" => kubernetes.cluster { provider = "minikube", memory = 4GiB, cpus = 2 }
  }

  step train = spark.submit {
    cluster = cluster.spark
    app     = script.file
    image   = if target == "kubernetes" then image.image else none
    args    = ["--epochs", "${epochs}"]
    script = '''
      hello
        world ${x}
    '''
    b = """
       a ${x + "q${z}"} b
      c
      """
  } outputs {
    model: file at "model.keras"
    metrics: { accuracy: float } at "metrics.json"
    pi: float at stdout matching "Pi is roughly (.*)"
  } with {
    retry   = { attempts: 3, backoff: 10s }
    timeout = 2h
  }
  step test[py in ["3.11", "3.12"], spark in models by m.name] = if py == "3.11"
    then exec.run { }
    else exec.run {} outputs { x: file }
  let e = eval[*].report + eval["small", 3].x

  require good_enough = train.metrics.accuracy >= 0.8 else "no better than the baseline"
  require a < b and not c

  output model = train.model
}
)SDL",
      // a stage
      R"SDL(## A notebook as a container image.
stage notebook_image {
  input notebook: file
  input base: string = "spark:4"
  step python = python.venv { requirements = "requirements.txt" }
  step script = notebook.convert { notebook = notebook, python = python.env }
  step image  = image.build { base = base, files = { "/opt/app/main.py": script.file } }
  output image = image.image
}
)SDL",
      // comments everywhere
      R"SDL(# the first line

## doc of nothing

# one


# two, after blank lines
use "a.sdl"   # why a
## The type.
type T = {   # fields
  # before a
  a: int   # behind a

  b: string
  # at the end
}
pipeline p {   # body
  # only this
  let a = 1 +   # odd
    2
  let list = [   # opening
    1,   # one
    # before two
    2,
    # last
  ]
  step s = exec.run {   # inputs
    # nothing
  } with {
    cache = false   # no
  }
  let m = match a {
    # low
    1, 2 => "low"   # so it is
    _ => "high"
  }
  let c = [x   # element
    for x in list   # source
    if x > 1]
  # the end of the body
}
# the end of the file)SDL",
      // operators
      R"SDL(pipeline p {
  let a = 1 + 2 * 3 - 4 / 5 % 6
  let b = (1 + 2) * (3 - -4) - (5 - 6)
  let c = not (x and y) or z and not w
  let d = a ?? b ?? none
  let e = (a ?? b).c[1][*].d + -(5) + -x + (-5).x
  let f = a == b and (c == d) == e
  let g = if a then if b then 1 else 2 else if c then 3 else 4
  let h = 1 + (if a then 1 else 2)
  let i = (if a then b else c).d
  let long = "a string that is long enough" + "another string that is long enough" + "the last string of the sum"
  let longer = if a_condition_with_a_long_name then a_value_with_a_long_name else another_value_with_a_long_name
  let call = join(["a string that is long enough", "another string that is long enough"], "a separator, quite long")
  require a < b else "no ${a} \u{e9} \$ \" \\ \n \t"
  require name = 2h30m > 500ms and 1_000 == 1e3 and 512MiB < 1GB else """
    too much
      of ${a}
    """
}
)SDL",
      // short forms
      R"SDL(type A = int(..5)
type B = float(0.0..1.0)?
type C = (string | file)?
type D = [{string: [python.environment]}]
type E = {}
stage empty {}
pipeline p { let a = {}
  let b = []
  let c = { type: 1, output: 2 }
}
)SDL",
      // steps
      R"SDL(pipeline p {
  step a[x in [1, 2], y in models by y.name] = exec.run { command = ["x", "${x}"], } outputs { m: file, n: dir at "n"
    ## How it went.
    o: float at stdout matching "(.*)", } with { env = { A: "b" } }
  step b = match t {
    "a", "b" => exec.run { } outputs { m: file }
    -1 => local { }
    true => local {}, none => local {}
    _ => exec.run { script = '''
        raw ${text} \n
          more
      ''' }
  } outputs { m: file } with { when = x != none }
  step c = if a then exec.run {} outputs { m: file } else exec.run {} outputs { n: file }
  step d = if a
    then exec.run {}
    else exec.run {}
    outputs { n: file }
    with { pool = "gpu" }
}
)SDL",
  };
  return texts;
}

}  // namespace sdlrun::dsl
