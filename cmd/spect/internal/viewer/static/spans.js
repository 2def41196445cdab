// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// The spans: a tree whose rows carry their place in time.
import { h, fold } from "./dom.js";
import { cost } from "./format.js";
import { view } from "./json.js";
import { errorBox, renderPart } from "./conversation.js";
import { inTreeOrder, messagesOf, object, partsOf, string } from "./payload.js";

const maxIndent = 12;
const maxUnfolded = 300; // spans; of more, what has others below it is folded first

/** The tree; the span named selected is opened and scrolled to. */
export function spanTree(session, selected) {
  if (!session.spans.length) return h("p.empty", {}, "This session has no spans.");
  const scale = timeScale(session);
  const spans = inTreeOrder(session.spans);
  const chosen = selected === "" ? undefined : spans.find((s) => s.id === selected);
  const folded = foldedAtFirst(spans, chosen);
  const counts = countsBelow(spans);
  let open = null;
  const rows = spans.map((span, i) => {
    const row = spanRow(span, scale, span === chosen);
    row.querySelector(".what").dataset.below = counts[i];
    if (span === chosen) open = row;
    const el = h("div.branch", {}, below(span, counts[i], folded, () => unfold(spans, rows, folded)), row);
    // Set by script, not as an attribute: the policy allows no inline style.
    el.style.setProperty("--depth", Math.min(span.depth, maxIndent));
    return el;
  });
  unfold(spans, rows, folded);
  if (open) requestAnimationFrame(() => open.scrollIntoView({ block: "center" }));
  return h("div.spans", {}, rows);
}

// The spans whose descendants are hidden: of a large session all, but for those
// above what failed and what was asked for.
function foldedAtFirst(spans, chosen) {
  if (spans.length <= maxUnfolded) return new Set();
  const folded = new Set(spans.filter((s) => s.children.length));
  for (const span of spans) {
    if (!span.failed && span !== chosen) continue;
    for (let s = span.parent; s && folded.delete(s);) s = s.parent;
  }
  return folded;
}

// How many spans are below each, in the order of the tree.
function countsBelow(spans) {
  const counts = [];
  const open = []; // those whose descendants may still come
  for (let i = 0; i <= spans.length; i++) {
    const depth = spans[i]?.depth ?? -1;
    while (open.length && spans[open.at(-1)].depth >= depth) {
      const top = open.pop();
      counts[top] = i - top - 1;
    }
    open.push(i);
  }
  return counts;
}

// The button that folds and unfolds what is below a span.
function below(span, n, folded, changed) {
  if (!n) return null;
  const button = h("button.below", { type: "button", "aria-expanded": String(!folded.has(span)), title: `${n} below` },
    h("span.unseen", {}, `${n} below ${span.name}`));
  button.addEventListener("click", () => {
    if (!folded.delete(span)) folded.add(span);
    button.setAttribute("aria-expanded", String(!folded.has(span)));
    changed();
  });
  return button;
}

// Hides the rows below those that are folded.
function unfold(spans, rows, folded) {
  let depth = Infinity; // of the folded one whose descendants come
  spans.forEach((span, i) => {
    if (span.depth <= depth) depth = folded.has(span) ? span.depth : Infinity;
    rows[i].hidden = span.depth > depth;
  });
}

function timeScale(session) {
  let from = session.start ?? Infinity;
  let to = session.end ?? -Infinity;
  for (const s of session.spans) {
    if (s.start !== null) [from, to] = [Math.min(from, s.start), Math.max(to, s.start)];
    if (s.end !== null) to = Math.max(to, s.end);
  }
  const length = Math.max(to - from, 1);
  return { to, percent: (t) => Math.min(Math.max(((t - from) / length) * 100, 0), 100) };
}

function spanRow(span, scale, open) {
  const summary = h("span.row", {},
    h("span.what", {},
      h(`span.dot.kind-${span.kind || "none"}`),
      h("bdi.name", { title: span.name }, span.name || "unnamed"),
      span.failed && h("span.badge.error", {}, "failed"),
      h("span.dim", {}, [span.kind || "no kind", span.model].filter(Boolean).join(" · "))),
    bar(span, scale),
    h("span.took", {}, span.end === null && span.duration === null ? "open" : cost(span).join(" · ")));
  return fold(summary, () => spanBody(span), { open, cls: span.failed ? "span.failed" : "span" });
}

function bar(span, scale) {
  const track = h("span.track");
  if (span.start === null) return track;
  const from = scale.percent(span.start);
  const to = scale.percent(span.end ?? scale.to);
  const el = h(`span.bar.kind-${span.kind || "none"}`);
  el.classList.toggle("open", span.end === null);
  el.style.left = `${from}%`;
  el.style.width = `${Math.max(to - from, 0)}%`;
  track.append(el);
  return track;
}

function spanBody(span) {
  const messages = messagesOf(span.messages);
  const facts = [
    ["status", span.status], ["model", [span.model, span.provider].filter(Boolean).join(" · ")],
    ["started", string(object(span.raw).startTime)], ["ended", string(object(span.raw).endTime)],
    ["id", span.id], ["parent", span.parentId && (span.parent ? span.parentId : `${span.parentId} (not in this session)`)],
  ].filter(([, value]) => value);
  return h("div.spanbody", {},
    span.failed && errorBox(span.error, span),
    h("dl", {}, facts.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
    span.tool && section("tool", view(span.tool)),
    span.subagent && section("subagent", view(span.subagent)),
    messages.map((m) => section(string(object(m).role) || "message", partsOf(m).map(renderPart))),
    Object.keys(object(span.metadata)).length > 0 && section("metadata", view(span.metadata)),
    fold("JSON of this span", () => view(span.raw), { cls: "small" }));
}

function section(title, body) {
  return h("section", {}, h("h4", {}, title), body);
}
