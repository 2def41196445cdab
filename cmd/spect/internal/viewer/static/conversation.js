// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// The conversation: a transcript's items as elements.
import { h, fold, row } from "./dom.js";
import { bytes, cost, count } from "./format.js";
import { pretty, view } from "./json.js";
import { isObject, object, partsOf, string } from "./payload.js";
import { buildTranscript, same } from "./transcript.js";

const maxText = 4000; // characters shown before "Show all"
const maxNesting = 8; // of subagents; what is in deeper ones takes no more room at its sides

export function conversation(session, spanHref) {
  const root = buildTranscript(session);
  if (!root.items.length) {
    return h("p.empty", {}, session.spans.length ? "No span of this session has messages." : "This session has no spans.");
  }
  return h("div.conversation", {}, renderItems(root.items, { spanHref, depth: 0 }));
}

function renderItems(items, context) {
  return items.map((item) => renderers[item.type](item, context));
}

const renderers = {
  message: renderMessage,
  tool: renderTool,
  group: renderGroup,
  error: ({ span }, context) => h("div.item.failed", {}, roleLine("error", span, context), errorBox(span.error, span)),
  silent: ({ span, why }, context) => h("div.item.role-assistant", {}, roleLine("assistant", span, context), h("p.none", {}, `no message: ${why.join(", ")}`)),
  repeated: (item, context) => fold(
    `${count(item.messages.length, "earlier message")} repeated`,
    () => h("div.conversation", {}, item.messages.map((m) => renderMessage({
      role: string(object(m).role) || "message", name: string(object(m).name), parts: partsOf(m), span: null,
    }, context))),
    { cls: "repeated" },
  ),
  value: ({ title, value, span }, context) => h("div.item", {}, roleLine(title, span, context), view(value)),
};

const roles = new Set(["system", "user", "assistant", "tool"]);

function renderMessage({ role, name, parts, span }, context) {
  return h(`div.item.role-${roles.has(role) ? role : "other"}`, {},
    roleLine(name ? `${role} · ${name}` : role, span, context),
    parts.length ? parts.map(renderPart) : h("p.none", {}, "no content"));
}

function roleLine(title, span, { spanHref }) {
  return h("div.roleline", {}, h("h2.role", {}, title), span && spanLink(span, spanHref, title));
}

// How a call ends that says all it has to say.
const usual = new Set(["stop", "tool-calls"]);

// Says what the line beside it does not: many spans are named as the role or tool.
function spanLink(span, spanHref, beside) {
  const what = [span.name === beside ? "" : span.name || span.kind, span.model, ...cost(span), ...span.finish.filter((reason) => !usual.has(reason))]
    .filter((w) => w && w !== "0 ms");
  return h("a.spanlink", { href: spanHref(span), title: "Show this span" }, what.length ? row(what) : "span");
}

/** One content part. A type that is not known is shown as JSON. */
export function renderPart(part) {
  const p = object(part);
  switch (p.type) {
    case "text":
      if (typeof p.text === "string") return withOptions(p, longText(p.text));
      break;
    case "reasoning":
      if (typeof p.text === "string") {
        return withOptions(p, fold(h("span", {}, "Reasoning ", h("span.dim", {}, firstWords(p.text))), () => longText(p.text), { cls: "reasoning" }));
      }
      break;
    case "file":
      return withOptions(p, renderFile(p));
    case "tool-call": // only in repeated history: elsewhere it is a card
      return h("div.part", {}, h("span.tag", {}, "call"), " ", h("code", {}, string(p.toolName) || "tool"), view(p.input));
    case "tool-result":
      return h("div.part", {}, h("span.tag", {}, "result"), " ", h("code", {}, string(p.toolName) || "tool"), renderOutput(p.output));
  }
  return h("div.part", {}, h("span.tag", {}, string(p.type) || "part"), view(part));
}

function withOptions(part, el) {
  if (part.providerOptions === undefined) return el;
  return h("div", {}, el, fold("provider options", () => view(part.providerOptions), { cls: "small" }));
}

function firstWords(text) {
  const line = text.slice(0, 200).replace(/\s+/g, " ").trim();
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}

export function longText(text) {
  const el = h("div.text", { dir: "auto" });
  if (text.length <= maxText) {
    el.append(text);
    return el;
  }
  el.append(text.slice(0, maxText - 500), "… ");
  const more = h("button.more", { type: "button" }, `Show all ${count(text.length, "character")}`);
  more.addEventListener("click", () => el.replaceChildren(text));
  el.append(more);
  return el;
}

const imageTypes = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const base64 = /^[A-Za-z0-9+/=\s]*$/;

// Only data of these four types becomes an <img>, and only as a data: URL that is
// put together here. A URL in the payload is text: nothing is fetched.
function renderFile(part) {
  const data = string(part.data);
  let mediaType = string(part.mediaType).toLowerCase();
  let encoded = data;
  const prefix = /^data:([a-z]+\/[a-z0-9.+-]+);base64,/i.exec(data.slice(0, 100));
  if (prefix) {
    mediaType = prefix[1].toLowerCase();
    encoded = data.slice(prefix[0].length);
  }
  const isURL = /^[a-z][a-z0-9+.-]*:\/\//i.test(data);
  const size = data === "" || isURL ? "" : base64.test(encoded) ? bytes(Math.floor((encoded.replace(/[\s=]/g, "").length * 3) / 4)) : bytes(data.length);
  const chip = h("span.chip", {}, h("span.tag", {}, "file"),
    [string(part.filename), mediaType || "unknown type", size, isURL ? data : ""].filter(Boolean).join(" · "));
  if (!imageTypes.has(mediaType) || !encoded || !base64.test(encoded)) {
    return h("div.file", {}, chip, typeof part.data === "string" ? null : view(part));
  }
  const img = h("img", { src: `data:${mediaType};base64,${encoded}`, alt: string(part.filename) || "image", loading: "lazy" });
  img.addEventListener("error", () => img.replaceWith(h("span.dim", {}, " cannot be displayed")));
  return h("div.file", {}, chip, img);
}

function renderTool(card, context) {
  const own = card.spans.find((s) => s.kind === "tool-call") ?? card.spans[0] ?? null;
  const failed = card.spans.some((s) => s.failed) || card.results.some((r) => r.failed);
  // The call's span and the result's often say the same.
  const errors = card.spans.filter((s, i) => s.error && !card.spans.slice(0, i).some((t) => same(t.error?.raw, s.error.raw)));
  const head = h("div.toolhead", {},
    h("h2", {}, h("span.tag", {}, "tool"), " ", h("code", {}, card.name || "tool")),
    failed && h("span.badge.error", {}, "failed"),
    card.callId && h("span.dim.callid", { title: "tool call id" }, card.callId),
    own && spanLink(own, context.spanHref, card.name));
  return h(failed ? "div.item.tool.failed" : "div.item.tool", {}, head,
    card.hasInput ? half("call", clipped(view(card.input))) : half("call", h("span.dim", {}, "no input")),
    card.groups.map((g) => renderGroup(g, context)),
    card.results.length
      ? card.results.map((r) => half("result", clipped(renderOutput(r.output))))
      : !errors.length && half("result", h("span.dim", {}, "none")),
    errors.map((s) => half("error", errorBox(s.error, s))));
}

function half(label, ...body) {
  return h("div.half", {}, h("span.label", {}, label), h("div", {}, body));
}

/** A tool's output: {type, value}, or whatever it is. */
function renderOutput(output) {
  if (!isObject(output) || !("value" in output)) return output === undefined ? h("span.dim", {}, "none") : view(output);
  const { type, value } = output;
  const failed = string(type).startsWith("error");
  let body;
  if (typeof value === "string") body = h("div.mono", {}, longText(value));
  else if (type === "content" && Array.isArray(value)) body = h("div", {}, value.map(renderPart));
  else body = view(value);
  return h(failed ? "div.output.error" : "div.output", {}, body);
}

// A tall call or result is cut in height; a short one shows no button.
function clipped(el) {
  const text = el.textContent;
  const lines = (text.match(/\n/g) ?? []).length + 1;
  if (lines < 17 && text.length < 2000) return el;
  const box = h("div.clipped", {}, el);
  const more = h("button.more", { type: "button" }, lines < 17 ? `Show all ${count(text.length, "character")}` : `Show all ${lines} lines`);
  more.addEventListener("click", () => {
    box.classList.remove("clipped");
    more.remove();
  });
  return h("div", {}, box, more);
}

function renderGroup(group, context) {
  const { span } = group;
  const subagent = span.subagent ?? {};
  const title = string(subagent.subagentType) || span.name || "subagent";
  const inner = { ...context, depth: context.depth + 1 };
  const body = h(context.depth < maxNesting ? "div.nested" : "div.nested.flat", {},
    subagent.input !== undefined && half("input", clipped(typeof subagent.input === "string" ? longText(subagent.input) : view(subagent.input))),
    renderItems(group.items, inner),
    !group.items.length && h("p.none", {}, "no messages"));
  const el = h("details.item.subagent", { open: true },
    h("summary", {}, h("h2", {}, h("span.tag", {}, "subagent"), " ", h("strong", {}, title)),
      span.failed && h("span.badge.error", {}, "failed"),
      string(subagent.source) && h("span.dim", {}, string(subagent.source)),
      spanLink(span, context.spanHref, title)),
    body);
  return el;
}

/** An error with everything that is known of it. */
export function errorBox(error, span) {
  if (!error) return h("div.errorbox", {}, h("p.message", {}, `status ${span?.status || "error"}, without a message`));
  const head = [error.type, error.code && `code ${error.code}`].filter(Boolean).join(" · ");
  const known = error.message || error.type || error.code;
  return h("div.errorbox", {},
    head && h("div.errorhead", {}, head),
    h("p.message", { dir: "auto" }, error.message || (known ? "no message" : pretty(error.raw))),
    error.stack && fold("stack", () => h("pre", {}, error.stack), { cls: "small" }));
}
