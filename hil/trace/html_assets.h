// The style and the script of a trace page.
#pragma once

#include <string_view>

namespace hil {

/// The lines of the three lanes stand at one, four and seven eighths of the width. A message spans
/// from line to line, its label above the arrow; what it does in the procedure stands in the other
/// half, which is free. On a phone the lanes shrink to a rail on the left, with the labels beside
/// it.
inline constexpr std::string_view kTraceStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --muted: #5c6570; --line: #d3d8de; --panel: #f5f7f9; --hover: #eef2f6;
  --card: #33404d; --server: #0a58a6; --ok: #1a7032; --failed: #b42318; --failed-soft: #fdecea;
  --fault: #8a4b00; --fault-soft: #fff3dc;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --time: 6.5rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --text: #e4e8ec; --muted: #9aa4ae; --line: #343b43; --panel: #1d2227; --hover: #22282e;
    --card: #b8c4cf; --server: #74b3f2; --ok: #6cc680; --failed: #ff8a80; --failed-soft: #3a1f1d;
    --fault: #ffb454; --fault-soft: #352710;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4rem; }
body {
  margin: 0 auto; padding: 2.5rem 2rem 4rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
a { color: var(--server); }
code, pre, .mono { font-family: var(--mono); font-size: 0.8125rem; }
pre { margin: 0; white-space: pre-wrap; word-break: break-all; }
.ok { color: var(--ok); }
.failed { color: var(--failed); }
.muted { color: var(--muted); }

.facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; margin: 0 0 1.5rem; }
.facts div { min-width: 5rem; }
.facts dt { color: var(--muted); font-size: 0.8125rem; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.failures { margin: 0 0 1.5rem; padding: 0.75rem 1rem; background: var(--failed-soft); border-left: 3px solid var(--failed); }
.failures.faults { background: var(--fault-soft); border-left-color: var(--fault); }
.failures ol { margin: 0.25rem 0 0; padding: 0; list-style: none; }
.failures li { overflow-wrap: anywhere; }
.tools { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: center; margin: 0 0 1rem; font-size: 0.875rem; }
.tools label { display: inline-flex; gap: 0.375rem; align-items: center; cursor: pointer; }
.tools input { margin: 0; accent-color: var(--server); }
.tools button {
  font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px; padding: 0.2rem 0.7rem;
  cursor: pointer;
}
.tools button:hover { background: var(--hover); }

.lanes, .row > summary { display: grid; grid-template-columns: var(--time) 1fr; }
.lanes { position: sticky; top: 0; z-index: 3; background: var(--page); border-bottom: 1px solid var(--line); }
.lanes .axis { padding: 0.75rem 0; color: var(--muted); font-size: 0.8125rem; }
.lanes .names { position: relative; }
.lanes .names span { position: absolute; bottom: 0.7rem; transform: translateX(-50%); font-weight: 600; white-space: nowrap; }

.diagram { position: relative; }
.lifelines { position: absolute; inset: 0 0 0 var(--time); z-index: 0; pointer-events: none; }
.lifelines i { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); }
.names span:nth-child(1), .lifelines i:nth-child(1) { left: 12.5%; }
.names span:nth-child(2), .lifelines i:nth-child(2) { left: 50%; }
.names span:nth-child(3), .lifelines i:nth-child(3) { left: 87.5%; }

.procedure { position: relative; z-index: 1; margin: 0; padding: 1.75rem 0 0.5rem; font-size: 0.9375rem; font-weight: 600; }
.procedure > span { background: var(--page); padding-right: 0.75rem; }
.procedure .muted { font-weight: 400; padding-left: 0.5rem; }

.row { position: relative; z-index: 1; break-inside: avoid; }
.row > summary { cursor: pointer; list-style: none; border-radius: 4px; }
.row > summary::-webkit-details-marker { display: none; }
.row > summary:hover { background: color-mix(in srgb, var(--hover) 70%, transparent); }
summary:focus-visible, a:focus-visible, button:focus-visible, input:focus-visible {
  outline: 2px solid var(--server); outline-offset: 1px;
}
.row:target > summary { box-shadow: inset 3px 0 0 var(--server); }
.time {
  grid-column: 1; grid-row: 1; padding: 0.45rem 0 0 0.5rem; color: var(--muted); font-size: 0.8125rem;
  font-variant-numeric: tabular-nums; line-height: 1.35;
}
.time b { display: block; font-weight: 400; color: var(--text); }

/* The label stands above the arrow's line, what is known of the message below it. */
.label { grid-column: 2; grid-row: 1; padding: 0.4rem 0.9rem 0.5rem; min-width: 0; text-align: center; line-height: 1.3; }
.label .name { display: block; padding-bottom: 0.3rem; overflow-wrap: anywhere; }
.label .about { display: block; padding-top: 0.3rem; font-size: 0.8125rem; color: var(--muted); overflow-wrap: anywhere; }
.label .about .ok, .label .about .failed { font-weight: 600; }
.arrow { display: block; position: relative; height: 0; margin: 0 -0.9rem; border-top: 1.5px solid var(--card); }
.arrow::after {
  content: ""; position: absolute; top: -5.25px; right: 1px; width: 9px; height: 9px; border: solid var(--card);
  border-width: 1.5px 1.5px 0 0; transform: rotate(45deg);
}
.leftwards .arrow::after { right: auto; left: 1px; transform: rotate(-135deg); }
.answer .arrow { border-top-style: dashed; }
.http .arrow, .http .arrow::after { border-color: var(--server); }
.cards .arrow, .cards .arrow::after { border-color: var(--muted); }
.bad .arrow, .bad .arrow::after { border-color: var(--failed); }
.span01 .label { margin-left: 12.5%; width: 37.5%; }
.span12 .label { margin-left: 50%; width: 37.5%; }
.span02 .label { margin-left: 12.5%; width: 75%; }
.why {
  grid-column: 2; grid-row: 1; align-self: center; width: 37.5%; padding: 0.3rem 1rem; font-size: 0.8125rem;
  line-height: 1.35; color: var(--muted);
}
.span01 .why { margin-left: 50%; }
.span12 .why { margin-left: 12.5%; text-align: right; }
.span02 .why { display: none; }

.note .label { padding: 0.35rem 0.5rem; }
.note .label > span { display: inline-block; max-width: 100%; padding: 0.25rem 0.75rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 4px; font-size: 0.8125rem; overflow-wrap: anywhere; }
.note.bad .label > span { border-color: var(--failed); }
.across .label { padding: 0.5rem 0; }
.step .label { display: flex; align-items: center; gap: 0.25rem; padding: 1rem 0; }
.step .label::before, .step .label::after { content: ""; flex: 1; border-top: 2px solid var(--line); }
.step .label > span { flex: none; max-width: 80%; padding: 0 0.5rem; background: var(--page); border: 0; font-weight: 600;
  font-size: 0.875rem; }
.step .muted { font-weight: 400; }
.fault .label > span { display: block; text-align: left; padding: 0.4rem 0.9rem; color: var(--text); background: var(--fault-soft);
  border: 1px solid var(--fault); border-left-width: 5px; font-size: 0.875rem; }
.badge { color: var(--fault); text-transform: uppercase; letter-spacing: 0.04em; padding-right: 0.4rem; }
.at0 .label { width: 25%; }
.at1 .label { margin-left: 25%; width: 50%; }
.at2 .label { margin-left: 75%; width: 25%; }

.panel {
  position: relative; margin: 0.25rem 0 1.25rem; padding: 1rem 1.25rem 1.25rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 4px;
}
.panel p { margin: 0 0 0.5rem; max-width: 48rem; overflow-wrap: anywhere; }
.message { margin-top: 0.85rem; }
.panel h3 { margin: 0 0 0.35rem; font-size: 0.875rem; font-weight: 600; }
.panel > details { margin-top: 0.75rem; }
.panel details > summary { cursor: pointer; width: fit-content; font-size: 0.875rem; }
.panel details > pre, .panel details > table { margin-top: 0.5rem; }
.panel pre { padding: 0.75rem 1rem; background: var(--page); border: 1px solid var(--line); border-radius: 4px; }
.data { width: 100%; border-collapse: collapse; background: var(--page); border: 1px solid var(--line); font-size: 0.8125rem; }
.data th { text-align: left; font-weight: 600; color: var(--muted); }
.data th, .data td { padding: 0.3rem 0.75rem; border-top: 1px solid var(--line); vertical-align: top; line-height: 1.4; }
.data td:last-child { overflow-wrap: anywhere; }
.data .mono { font-size: 0.78125rem; }
.data .narrow { white-space: nowrap; width: 1%; }
.data .hex { color: var(--muted); }
.data .meaning + .hex { display: block; }
.d1 { padding-left: 1rem; } .d2 { padding-left: 2rem; } .d3 { padding-left: 3rem; } .d4 { padding-left: 4rem; }
.d5 { padding-left: 5rem; } .d6 { padding-left: 6rem; } .d7 { padding-left: 7rem; } .d8 { padding-left: 8rem; }
.segment { border-top: 1px solid var(--line); padding: 0.3rem 0; }
.panel .segment > summary { width: auto; }
.segments { margin-top: 0.5rem; border-bottom: 1px solid var(--line); }

body:has(#show-es10:not(:checked)) .es10, body:has(#show-http:not(:checked)) .http,
body:has(#show-cards:not(:checked)) .cards, body:has(#show-notes:not(:checked)) .note:not(.fault) { display: none; }
body:has(#show-why:not(:checked)) .why { display: none; }
body:has(#show-failed:checked) .row:not(.bad):not(.fault), body:has(#show-failed:checked) .procedure { display: none; }

@media (max-width: 46rem) {
  :root { --rail: 7rem; }
  body { padding: 1.25rem 0.75rem 3rem; font-size: 0.875rem; }
  .facts { gap: 0.5rem 1.5rem; }
  .lanes { grid-template-columns: 1fr; }
  .lanes .axis { display: none; }
  .lanes .names { width: var(--rail); height: 2rem; font-size: 0.625rem; }
  .lanes .names span { bottom: 0.4rem; }
  .lifelines { inset: 0 auto 0 0; width: var(--rail); }
  .procedure { padding: 1rem 0 0.25rem calc(var(--rail) + 0.5rem); line-height: 1.3; }
  .procedure > span, .procedure .muted { display: block; padding: 0; }
  .row > summary { position: relative; display: block; padding: 0.45rem 0 0.45rem calc(var(--rail) + 0.5rem); }
  .time { padding: 0; font-size: 0.75rem; }
  .time b { display: inline; font-weight: 400; color: inherit; }
  .why { display: none; }
  .row .label { display: block; width: auto; margin: 0; padding: 0; text-align: left; }
  .label .name, .label .about { padding: 0; }
  .arrow { position: absolute; margin: 0; top: 50%; }
  .span01 .arrow { left: calc(var(--rail) / 8); width: calc(var(--rail) * 3 / 8); }
  .span12 .arrow { left: calc(var(--rail) / 2); width: calc(var(--rail) * 3 / 8); }
  .span02 .arrow { left: calc(var(--rail) / 8); width: calc(var(--rail) * 3 / 4); }
  .note > summary::before {
    content: ""; position: absolute; top: 50%; width: 9px; height: 9px; margin: -5px 0 0 -4px; background: var(--panel);
    border: 1.5px solid var(--muted); border-radius: 2px;
  }
  .note.bad > summary::before { border-color: var(--failed); }
  .across > summary::before { display: none; }
  .at0 > summary::before { left: calc(var(--rail) / 8); }
  .at1 > summary::before { left: calc(var(--rail) / 2); }
  .at2 > summary::before { left: calc(var(--rail) * 7 / 8); }
  .note .label > span { padding: 0; background: none; border: 0; }
  .step .label > span { max-width: 100%; }
  .step > summary { border-top: 2px solid var(--line); border-radius: 0; }
  .fault .label > span { padding: 0.3rem 0.6rem; background: var(--fault-soft); border: 1px solid var(--fault); border-left-width: 4px; }
  .panel { padding: 0.75rem; }
  .panel pre { padding: 0.5rem; }
  .data, .data tbody, .data tr, .data td { display: block; width: auto; }
  .data tr { border-top: 1px solid var(--line); padding: 0.3rem 0.5rem; }
  .data td { border: 0; padding: 0; }
  .data td.narrow { display: inline-block; width: auto; padding-right: 0.6rem; white-space: normal; }
  .data thead { display: none; }
  .d1, .d2, .d3, .d4, .d5, .d6, .d7, .d8 { padding-left: 0.75rem; border-left: 2px solid var(--line); }
  .d2 { margin-left: 0.5rem; } .d3 { margin-left: 1rem; } .d4 { margin-left: 1.5rem; } .d5 { margin-left: 2rem; }
  .d6, .d7, .d8 { margin-left: 2.5rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --text: #000; --muted: #444; --line: #bbb; --panel: #fff; --card: #000;
    --server: #0a3d73; --ok: #14571f; --failed: #8f1409; --failed-soft: #fff;
    --fault: #6b3a00; --fault-soft: #fff; }
  @page { margin: 14mm; }
  html { font-size: 11px; }
  body { padding: 0; max-width: none; }
  .tools { display: none; }
  .lanes { position: static; }
  .procedure { break-after: avoid; }
  .panel { break-inside: auto; }
}
)css";

inline constexpr std::string_view kTraceScript = R"js(
const button = document.getElementById("expand");
const rows = () => document.querySelectorAll("details.row");
button.hidden = false;
button.addEventListener("click", () => {
  const open = button.getAttribute("aria-pressed") !== "true";
  rows().forEach((row) => { row.open = open; });
  button.setAttribute("aria-pressed", String(open));
  button.textContent = open ? "Collapse all" : "Expand all";
});
const reveal = () => {
  const row = location.hash && document.getElementById(location.hash.slice(1));
  if (row) row.open = true;
};
addEventListener("hashchange", reveal);
reveal();
)js";

}  // namespace hil
