#include "cli/history/html_report.hpp"

namespace sdlrun::cli {

std::string_view report_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f4f5f7; --line: #d5d9e0; --text: #1b1f27; --quiet: #5c6573;
  --ran: #1a7f45; --cached: #5c6b80; --skipped: #767f8c; --failed: #c4242f; --stopped: #a06000;
  --not-reached: #767f8c; --unfinished: #a06000; --unknown: #767f8c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1e232b; --line: #363d49; --text: #e4e8ee; --quiet: #9aa5b5;
    --ran: #4cc38a; --cached: #93a4bd; --skipped: #8b95a3; --failed: #ff7b80; --stopped: #e8a548;
    --not-reached: #8b95a3; --unfinished: #e8a548; --unknown: #8b95a3;
  }
}
.ran { --tone: var(--ran); } .cached { --tone: var(--cached); } .skipped { --tone: var(--skipped); }
.failed { --tone: var(--failed); } .stopped { --tone: var(--stopped); } .not-reached { --tone: var(--not-reached); }
.unfinished { --tone: var(--unfinished); } .unknown { --tone: var(--unknown); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: inherit; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem; margin: .5rem 0;
  overflow-x: auto; max-height: 32rem; overflow-wrap: normal; }
.outcome { color: var(--tone); font-weight: 600; white-space: nowrap; }
.note, .quiet { color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
.facts li { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .8rem; }
.facts b { display: block; font-size: 1.15rem; color: var(--tone, var(--text)); }
.failure { border-left: 4px solid var(--failed); padding: .1rem 0 .1rem .9rem; margin: .8rem 0; }
.failure p { margin: .2rem 0; }
.scroll { overflow: auto; max-height: 44rem; border: 1px solid var(--line); border-radius: 6px; }
svg.graph { display: block; font: 13px/1 ui-monospace, monospace; }
svg.graph .edges path { fill: none; stroke: var(--quiet); stroke-width: 1.2; opacity: .6; }
svg.graph rect { fill: var(--panel); stroke: var(--tone); stroke-width: 1.6; }
svg.graph .requirement rect { stroke-dasharray: 5 3; }
svg.graph text { fill: var(--tone); }
.timeline { border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem; }
.timeline .row { display: grid; grid-template-columns: minmax(5rem, 22%) 1fr; gap: .6rem; align-items: center; }
.timeline .row > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13px; }
.timeline .track { position: relative; height: 1.35rem; border-left: 1px solid var(--line); }
.timeline .bar { position: absolute; top: .2rem; bottom: .2rem; min-width: 3px; background: var(--tone); border-radius: 3px; }
.timeline .axis { color: var(--quiet); font-size: 12px; }
.timeline .axis span span { border: 0; }
.timeline .axis .track span { position: absolute; padding-left: .2rem; border-left: 1px solid var(--line); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; }
tr:target { background: var(--panel); outline: 2px solid var(--tone, var(--quiet)); }
@media (max-width: 44rem) {
  thead { display: none; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { display: flex; gap: .6rem; border: 0; padding: .1rem 0; }
  td:empty { display: none; }
  td::before { content: attr(data-label); flex: 0 0 5.5rem; color: var(--quiet); }
}
@media print { .scroll, pre { max-height: none; overflow: visible; } }
)css";
}

}  // namespace sdlrun::cli
