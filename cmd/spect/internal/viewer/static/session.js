// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// One session: its head, and the view that was chosen.
import { h, copyButton, fold } from "./dom.js";
import { count, duration, longTime, tokens } from "./format.js";
import { number, parse, rawBlock, view } from "./json.js";
import { conversation, errorBox } from "./conversation.js";
import { spanTree } from "./spans.js";
import { failedSpans, object } from "./payload.js";
import * as api from "./api.js";

/** The views, in the order of their tabs and keys. */
export const views = ["conversation", "spans", "data"];

export function sessionHref(id, viewName = "", spanID = "") {
  const parts = ["#/s", encodeURIComponent(id)];
  if (viewName && viewName !== "conversation") parts.push(viewName);
  // Half a character, which JSON can hold and no address, makes encodeURIComponent throw.
  if (spanID) parts.push(encodeURIComponent(spanID.replace(/\p{Surrogate}/gu, "\ufffd")));
  return parts.join("/");
}

/** route is {id, view, span}; text is the payload as received, session what was read of it. */
export function sessionView(session, text, route) {
  const body = {
    conversation: () => conversation(session, (span) => sessionHref(route.id, "spans", span.id)),
    spans: () => spanTree(session, route.span),
    data: () => dataView(session, text, route.id),
  }[route.view];
  return h("article", {},
    head(session, text, route),
    session.failed && h("section.banner", { "aria-label": "Error" }, errorBox(session.error, null)),
    body());
}

function head(session, text, route) {
  const facts = [
    [session.model, session.provider].filter(Boolean).join(" · "),
    duration(session.duration),
    session.startTime && longTime(session.startTime),
    count(session.spans.length, "span"),
  ].filter(Boolean);
  const tabs = views.map((name) => h("a.tab", {
    href: sessionHref(route.id, name),
    "aria-current": name === route.view && "page",
  }, name === "spans" ? `Spans ${session.spans.length}` : name === "data" ? "Data" : "Conversation"));
  return h("header.head", {},
    h("a.back", { href: "#/" }, "‹ Sessions"),
    h("div.title", {},
      h("h1", { dir: "auto", title: session.name }, session.name || "unnamed session"),
      h(session.failed ? "span.badge.error" : "span.badge.ok", {}, session.failed ? "error" : "ok"),
      failures(session, route)),
    h("div.facts", {}, facts.map((f) => h("span", {}, f)), usage(session)),
    h("nav.tabs", { "aria-label": "Views" }, tabs, h("span.space"), copyButton("copy JSON", () => text), copyButton("copy link", () => location.href)));
}

// How many spans failed, and the way to the first of them.
function failures(session, route) {
  if (!session.failedSpans) return null;
  const [first] = failedSpans(session);
  const text = count(session.failedSpans, "failed span");
  return first
    ? h("a.badge.warn", { href: sessionHref(route.id, "spans", first.id), title: "Show the first (e)" }, text)
    : h("span.badge.warn", {}, text);
}

// Counts as chips, under the names they came with; other values are in Data. A
// session that says nothing of them, because it failed perhaps, has those of its calls.
function usage(session) {
  const counts = Object.entries(session.usage).map(([name, value]) => [name, number(value)]).filter(([, n]) => n !== null);
  const ofCalls = session.spans.reduce((sum, s) => sum + (s.tokens ?? 0), 0);
  if (!counts.length && ofCalls) return h("span.chip", {}, `${tokens(ofCalls)} tok in its calls`);
  return counts.map(([name, n]) => h("span.chip", { title: name }, `${words(name)} ${tokens(n)}`));
}

// cachedInputTokens → cached input
function words(name) {
  return name.replace(/Tokens$/, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

function dataView(session, text, id) {
  const { payload } = session;
  const { spans, ...result } = object(object(payload.metadata).result);
  const parts = [
    ["Response", payload.response],
    ["Request metadata", object(payload.metadata).request],
    ["Result metadata", Object.keys(result).length ? result : undefined],
    ["Attributes", payload.attributes],
    ["Prompt", payload.prompt],
  ].filter(([, value]) => value !== undefined);
  return h("div.data", {},
    parts.map(([title, value]) => fold(title, () => view(value), { open: true })),
    fold("HTTP request", () => requestView(id)),
    fold("Payload as received", () => h("div.jsonview", {},
      h("span.actions", {}, copyButton("copy", () => text), h("a", { href: api.sessionURL(id), target: "_blank", rel: "noopener" }, "open")),
      rawBlock(text)), { open: text.length < 20_000 }));
}

function requestView(id) {
  const box = h("div", {}, h("p.dim", {}, "loading"));
  api.request(id).then((text) => {
    const { method, path, headers } = parse(text);
    const lines = [`${method} ${path}`, ...Object.entries(headers).sort().map(([k, v]) => `${k}: ${v}`)];
    box.replaceChildren(h("pre", {}, lines.join("\n")), h("p.dim", {}, "Credentials are not kept."));
  }, (err) => box.replaceChildren(h("p.none", {}, err.message)));
  return box;
}
