// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Reading a payload. Payloads come from programs under development: whatever is
// missing or of the wrong type reads as empty here, and is never lost, because
// every span keeps its raw value.
import { number } from "./json.js";

export const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
export const object = (v) => (isObject(v) ? v : {});
export const array = (v) => (Array.isArray(v) ? v : []);
export const string = (v) => (typeof v === "string" ? v : "");

const instant = (v) => {
  const ms = Date.parse(string(v));
  return Number.isNaN(ms) ? null : ms;
};

/** What the views need of a payload. */
export function readSession(payload) {
  const p = object(payload);
  const metadata = object(p.metadata);
  const result = object(metadata.result);
  const response = object(p.response);
  const spans = readSpans(array(result.spans));
  const start = instant(p.startTime);
  const end = instant(p.endTime);
  return {
    payload: p,
    id: string(p.id),
    name: string(p.name),
    organization: string(p.organizationId),
    startTime: string(p.startTime),
    start,
    end,
    duration: number(p.duration) ?? (start !== null && end !== null ? Math.max(end - start, 0) : null),
    model: string(object(p.model).id),
    provider: string(object(p.model).provider),
    error: readError(result.error),
    failed: result.error !== undefined && result.error !== null,
    prompt: array(object(p.prompt).messages),
    response,
    usage: object(response.usage),
    attributes: object(p.attributes),
    spans,
    failedSpans: spans.filter((s) => s.failed).length,
  };
}

/** {message, type, code, stack, raw} of an error, or null when there is none. */
export function readError(value) {
  if (value === undefined || value === null) return null;
  const e = object(value);
  const code = string(e.code) || (number(e.code) !== null ? String(number(e.code)) : "");
  return {
    message: string(e.message) || string(value),
    type: string(e.type),
    code,
    stack: string(e.stack),
    raw: value,
  };
}

function readSpans(values) {
  const spans = values.map((raw, index) => {
    const s = object(raw);
    const start = instant(s.startTime);
    const end = instant(s.endTime);
    return {
      index,
      raw,
      id: string(s.id),
      parentId: string(s.parentId),
      name: string(s.name),
      kind: string(s.kind),
      status: string(s.status),
      error: readError(s.error),
      failed: s.status === "error" || (s.error !== undefined && s.error !== null),
      start,
      end,
      duration: number(s.durationMs) ?? (start !== null && end !== null ? Math.max(end - start, 0) : null),
      model: string(object(s.model).modelId),
      provider: string(object(s.model).provider),
      messages: s.messages,
      tool: isObject(s.tool) ? s.tool : null,
      subagent: isObject(s.subagent) ? s.subagent : null,
      metadata: s.metadata,
      finish: array(object(s.metadata).finishReasons).filter((r) => string(r) !== ""),
      tokens: totalTokens(object(object(s.metadata).usage)),
      parent: null,
      children: [],
      depth: 0,
    };
  });
  const byID = new Map();
  for (const s of spans) if (s.id && !byID.has(s.id)) byID.set(s.id, s);
  for (const s of spans) {
    const parent = byID.get(s.parentId);
    if (parent && parent !== s) s.parent = parent;
  }
  for (const s of spans) breakCycle(s);
  for (const s of spans) s.parent?.children.push(s);
  return spans;
}

// All tokens of a call, or null where it says nothing of them.
function totalTokens(usage) {
  const [total, input, output] = ["totalTokens", "inputTokens", "outputTokens"].map((name) => number(usage[name]));
  return total ?? (input !== null || output !== null ? input + output : null);
}

// A chain of parents that leads back to where it began would hide its spans from
// every tree. Each span's chain is walked once: known ones end at the top.
function breakCycle(span) {
  const path = new Set();
  for (let s = span; s && !s.rooted; s = s.parent) {
    if (path.has(s)) {
      s.parent = null;
      break;
    }
    path.add(s);
  }
  for (const s of path) s.rooted = true;
}

/** The spans as a tree is read: each followed by its children; sets depth. */
export function inTreeOrder(spans) {
  const out = [];
  const stack = spans.filter((s) => !s.parent).reverse();
  while (stack.length) {
    const s = stack.pop();
    s.depth = s.parent ? s.parent.depth + 1 : 0;
    out.push(s);
    for (let i = s.children.length - 1; i >= 0; i--) stack.push(s.children[i]);
  }
  return out;
}

/** The failed spans that an address can name, in the order of the tree. */
export function failedSpans(session) {
  return inTreeOrder(session.spans).filter((s) => s.failed && s.id);
}

/** The messages of a span or prompt; what is not a list of messages is one odd message. */
export function messagesOf(value) {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The content parts of a message; text stands for one text part. */
export function partsOf(message) {
  const content = isObject(message) ? message.content : message;
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content : [content];
}
