#include "stages/spark/benchmark/report.hpp"

#include "engine/html/html_table.hpp"
#include "stages/spark/benchmark/table.hpp"

namespace sdlrun::stages::spark {

using engine::Markup;

namespace {

constexpr std::string_view head =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";

constexpr std::string_view page_style = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f4f5f7; --line: #dde1e7; --text: #1b1f27; --quiet: #5c6573;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --panel: #1e232b; --line: #313845; --text: #e4e8ee; --quiet: #9aa5b5; }
}
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
.quiet { color: var(--quiet); margin: .2rem 0; }
.facts { display: flex; flex-wrap: wrap; gap: .8rem; list-style: none; padding: 0; margin: 1.2rem 0; }
.facts li { background: var(--panel); border-radius: 6px; padding: .6rem .9rem; color: var(--quiet); }
.facts b { display: block; color: var(--text); font-size: 1.2rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; padding: 0; margin: 0 0 .8rem; }
.legend li::before { content: ""; display: inline-block; width: 1.1rem; height: 3px; margin-right: .45rem; vertical-align: middle; border-radius: 2px; background: var(--tone); }
.legend .dashed::before { background: none; border-top: 2px dashed var(--quiet); height: 0; border-radius: 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.2rem; margin-bottom: 1.6rem; }
.plots section { border: 1px solid var(--line); border-radius: 6px; padding: .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; }
:is(th, td):not(:first-child):not(:last-child) { text-align: right; }
)css";

Markup paragraph(std::string_view text, const std::string& style = "") { return Markup::element("p", {{"class", style}}, Markup::text(text)) + Markup::verbatim("\n"); }

std::string price_text(const Price& price) {
  const std::string unit = price.currency.empty() ? "" : ' ' + price.currency;
  return rounded(price.core_hour) + unit + " an hour for a core, " + rounded(price.gib_hour) + unit + " for a GiB";
}

std::string cost_text(const Row& row, const Benchmark& benchmark) {
  if (!row.cost) return rounded(row.core_seconds) + " core-seconds";
  return rounded(*row.cost) + (benchmark.price->currency.empty() ? "" : ' ' + benchmark.price->currency);
}

Markup fact(const std::string& value, const std::string& name) {
  return Markup::element("li", {}, Markup::element("b", {}, Markup::text(value)) + Markup::text(name)) + Markup::verbatim("\n");
}

Markup facts(const Benchmark& benchmark) {
  const Row &fast = *fastest(benchmark.rows), &cheap = *cheapest(benchmark.rows);
  const auto where = [](const Row& row) { return row.cluster + ": " + text_of(row.combination); };
  return Markup::element("ul", {{"class", "facts"}}, fact(fixed(fast.median, 2) + " s", "fastest, " + where(fast)) + fact(cost_text(cheap, benchmark), "cheapest, " + where(cheap)));
}

Markup legend(const std::vector<Plot>& plots) {
  Markup entries;
  bool has_ideal = false;
  for (const PlotSeries& series : plots.front().series) {
    entries += Markup::element("li", {{"style", "--tone: var(--series-" + std::to_string(series.colour % plot_colours) + ')'}}, Markup::text(series.name));
  }
  for (const Plot& plot : plots) has_ideal = has_ideal || !plot.ideal.points.empty();
  if (has_ideal) entries += Markup::element("li", {{"class", "dashed"}}, Markup::text("ideal: twice the cores, half the time"));
  return Markup::element("ul", {{"class", "legend"}}, entries) + Markup::verbatim("\n");
}

Markup drawings(const Benchmark& benchmark) {
  const std::vector<Plot> plots = plots_of(benchmark);
  Markup sections;
  for (const Plot& plot : plots) {
    sections += Markup::element("section", {}, Markup::element("h2", {}, Markup::text(plot.title)) + plot_markup(plot)) + Markup::verbatim("\n");
  }
  return legend(plots) + Markup::element("div", {{"class", "plots"}}, Markup::verbatim("\n") + sections) + Markup::verbatim("\n");
}

Markup table_markup(const Benchmark& benchmark) {
  const Table table = table_of(benchmark.rows, benchmark.price);
  std::vector<std::string> heads;
  for (const TableColumn& column : table.columns) heads.push_back(column.shown);
  engine::HtmlTable result(std::move(heads));
  for (const auto& row : table.rows) {
    std::vector<Markup> cells;
    for (const std::string& cell : row) cells.push_back(Markup::text(cell));
    result.add(cells);
  }
  return Markup::element("div", {{"class", "scroll"}}, result.markup()) + Markup::verbatim("\n");
}

std::string several(std::int64_t count, const std::string& thing) { return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s"); }

/// What the numbers mean, and what did not fit.
Markup explanation(const Benchmark& benchmark) {
  const std::string warm_up = benchmark.warm_up == 0 ? "None of them was to warm up" : "Before them, " + several(benchmark.warm_up, "run") + " of each combination to warm up did not count";
  Markup result = paragraph("Times are the script's own, from its first line to its end, by its driver's clock: starting a session and waiting for executors is part of them, starting the driver is not (the column start has "
                            "that). An application of Java is timed by its process; on Kubernetes by its container, in whole seconds. Each number is the median of " +
                                several(benchmark.repetitions, "run") + "; the bars in the plot of times go from the least to the most. " + warm_up + ". Runs never stand beside each other; all combinations have their first run before any has its second.",
                            "quiet");
  result += paragraph("Speed-up and efficiency are beside the smallest combination of the same cluster (baseline). Cost is that of the executors' cores and memory for the time; the driver and what lies beside Java's memory are not in it" +
                          (benchmark.price ? ". Prices: " + price_text(*benchmark.price) + '.' : std::string(". No prices were given: core-seconds and GiB-seconds stand in their place.")),
                      "quiet");
  for (const Row& row : benchmark.rows) {
    if (!row.fits()) result += paragraph(row.cluster + ", " + text_of(row.combination) + " did not fit: " + row.no_room, "quiet");
  }
  return result;
}

}  // namespace

std::string html_report(const Benchmark& benchmark) {
  const Markup title = Markup::element("title", {}, Markup::text("Benchmark of " + benchmark.application));
  const Markup style = Markup::element("style", {}, Markup::verbatim(page_style) + Markup::verbatim(plot_style()));
  const Markup body = Markup::element("h1", {}, Markup::text("Benchmark of " + benchmark.application)) + Markup::verbatim("\n") + paragraph(benchmark.measured_on, "quiet") + facts(benchmark) + drawings(benchmark) +
                      table_markup(benchmark) + explanation(benchmark);
  return "<!DOCTYPE html>\n" +
         Markup::element("html", {{"lang", "en"}}, Markup::verbatim("\n") + Markup::element("head", {}, Markup::verbatim(head) + title + style) + Markup::verbatim("\n") + Markup::element("body", {}, Markup::verbatim("\n") + body)).string() + '\n';
}

}  // namespace sdlrun::stages::spark
