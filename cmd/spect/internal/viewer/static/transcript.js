// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// From spans to a conversation. Messages live on spans, and one thing is told
// several times: a call by the span that asked for it and by the tool's own span,
// its result by another, the history by every later call. Here each is told once.
//
// The result is a group {items}: what is said in order. An item is
//   {type: "message", role, name, parts, span}
//   {type: "tool", name, callId, input, hasInput, results: [{output, failed}], spans, groups}
//   {type: "group", span, items}                 a subagent and what it said
//   {type: "error", span}                        a span that failed
//   {type: "silent", span, why}                  a model's call that ended without a message
//   {type: "repeated", messages}                 history told again
//   {type: "value", title, value}                JSON that is no message
import { array, isObject, messagesOf, object, partsOf, string } from "./payload.js";

export function buildTranscript(session) {
  const root = { type: "group", span: null, items: [] };
  const state = {
    groups: new Map(), // span → the group it speaks in
    histories: new Map(), // group → keys of the messages told so far
    cards: new Map(), // tool call id → its last card
    cardOfSpan: new Map(),
    texts: new Set(), // what the assistant said in the root group
    seen: new Set(), // message ids
  };
  tell(state, root, session.prompt, null);
  if (!session.prompt.length && !hasUserMessage(session) && session.attributes["request.input"] !== undefined) {
    root.items.push({ type: "value", title: "Input", value: session.attributes["request.input"] });
  }
  for (const span of session.spans) {
    if (span.kind === "subagent") state.groups.set(span, { type: "group", span, items: [] });
  }
  for (const span of session.spans) {
    const group = groupOf(state, root, span);
    if (span.kind === "subagent") {
      const inner = state.groups.get(span);
      const card = state.cards.get(string(span.subagent?.toolCallId));
      if (card) card.groups.push(inner);
      else group.items.push(inner);
      tell(state, inner, messagesOf(span.messages), span);
      if (span.failed) inner.items.push({ type: "error", span });
      continue;
    }
    tell(state, group, messagesOf(span.messages), span);
    tellOverlay(state, group, span);
    if (span.failed && !state.cardOfSpan.has(span)) group.items.push({ type: "error", span });
    tellSilence(group, span);
  }
  tellResponse(state, root, session.response);
  return root;
}

function hasUserMessage(session) {
  return session.spans.some((s) => array(s.messages).some((m) => isObject(m) && m.role === "user"));
}

// The group of a span is that of the nearest subagent above it. The way up is
// remembered: chains can be long.
function groupOf(state, root, span) {
  const way = [];
  let group = root;
  for (let s = span.parent; s; s = s.parent) {
    const known = state.groups.get(s);
    if (known) {
      group = known;
      break;
    }
    way.push(s);
  }
  for (const s of way) state.groups.set(s, group);
  return group;
}

function tell(state, group, messages, span) {
  const keys = messages.map(key);
  const history = state.histories.get(group) ?? [];
  const { from, length } = repeatedPrefix(keys, history);
  let told = length;
  while (told < messages.length && state.seen.has(messageID(messages[told]))) told++;
  if (told) group.items.push({ type: "repeated", messages: messages.slice(0, told), span });
  for (const message of messages.slice(told)) tellMessage(state, group, message, span);
  for (const m of messages) if (messageID(m)) state.seen.add(messageID(m));
  // The tool's own span tells again what the model asked for; it is no part of the history.
  if (span?.kind !== "tool-call") state.histories.set(group, history.slice(0, from).concat(keys));
}

const messageID = (m) => (isObject(m) ? string(m.id) : "");

function key(message) {
  try {
    return isObject(message) ? `${message.role}\n${JSON.stringify(message.content)}` : JSON.stringify(message);
  } catch { // nested too deeply: equal to nothing
    return Symbol("unkeyed");
  }
}

/**
 * The messages that tell the history again: length of them, found at from. It is
 * a run from some place in the history that goes to its end, or is longer than
 * one. One equal message in the middle is somebody saying "yes" twice, and so is a
 * message that comes alone.
 */
function repeatedPrefix(keys, history) {
  const none = { from: history.length, length: 0 };
  const from = keys.length < 2 ? -1 : history.indexOf(keys[0]);
  if (from < 0) return none;
  let length = 0;
  while (length < keys.length && from + length < history.length && keys[length] === history[from + length]) length++;
  return length > 1 || from + length === history.length ? { from, length } : none;
}

function tellMessage(state, group, message, span) {
  const role = isObject(message) ? string(message.role) : "";
  if (!isObject(message) || !role) {
    group.items.push({ type: "value", title: "Message", value: message, span });
    return;
  }
  let item = null; // the run of parts between tool calls
  const parts = partsOf(message);
  for (const part of parts) {
    const type = isObject(part) ? part.type : "";
    if (type === "tool-call") {
      item = null;
      tellCall(state, group, part, span);
    } else if (type === "tool-result") {
      item = null;
      tellResult(state, group, part, span);
    } else {
      if (!item) {
        item = { type: "message", role, name: string(message.name), parts: [], span };
        group.items.push(item);
      }
      item.parts.push(part);
      if (role === "assistant" && !group.span && typeof part?.text === "string") state.texts.add(part.text.trim());
    }
  }
  if (!parts.length) group.items.push({ type: "message", role, name: string(message.name), parts: [], span });
}

function tellCall(state, group, part, span) {
  const id = string(part.toolCallId);
  const known = id ? state.cards.get(id) : null;
  // An id that comes back with another input, after a result, is another call:
  // some providers count calls from zero in each turn.
  if (known && (!known.results.length || !known.hasInput || same(known.input, part.input))) {
    if (!known.hasInput && part.input !== undefined) Object.assign(known, { input: part.input, hasInput: true });
    attach(state, known, span);
    return;
  }
  newCard(state, group, { callId: id, name: string(part.toolName), input: part.input, hasInput: part.input !== undefined }, span);
}

function tellResult(state, group, part, span) {
  const output = part.output;
  const id = string(part.toolCallId);
  const card = (id && state.cards.get(id)) || state.cardOfSpan.get(span?.parent)
    || newCard(state, group, { callId: id, name: string(part.toolName) }, span);
  attach(state, card, span);
  addResult(card, output);
}

// The overlay of a tool's span says the same as its message, or all there is.
function tellOverlay(state, group, span) {
  if (span.kind !== "tool-call" && span.kind !== "tool-result") return;
  const tool = span.tool ?? {};
  const id = string(tool.toolCallId);
  let card = state.cardOfSpan.get(span);
  if (!card && id) card = state.cards.get(id);
  if (!card && span.kind === "tool-result") card = state.cardOfSpan.get(span.parent);
  if (card && span.kind === "tool-call" && card.results.length && !state.cardOfSpan.has(span)) card = null; // the id again
  card ??= newCard(state, group, { callId: id, name: string(tool.toolName) || span.name }, span);
  if (!card.hasInput && tool.parameters !== undefined) Object.assign(card, { input: tool.parameters, hasInput: true });
  attach(state, card, span);
  if (tool.result !== undefined && !card.results.length) addResult(card, { type: "", value: tool.result });
}

// A call whose answer was empty, or not recorded, is no gap in the conversation:
// its span knows how it ended.
function tellSilence(group, span) {
  if (span.failed || messagesOf(span.messages).length || (span.kind !== "generate" && span.kind !== "stream")) return;
  const why = span.finish.concat(string(object(object(span.metadata).partial).messages) || []);
  if (why.length) group.items.push({ type: "silent", span, why });
}

function newCard(state, group, fields, span) {
  const card = { type: "tool", input: undefined, hasInput: false, results: [], spans: [], groups: [], ...fields };
  if (card.callId) state.cards.set(card.callId, card);
  group.items.push(card);
  attach(state, card, span);
  return card;
}

// Only a tool's own spans lend the card their time and error; the model's span has its own.
function attach(state, card, span) {
  if (!span || (span.kind !== "tool-call" && span.kind !== "tool-result")) return;
  if (!state.cardOfSpan.has(span)) state.cardOfSpan.set(span, card);
  if (!card.spans.includes(span)) card.spans.push(span);
}

function addResult(card, output) {
  if (card.results.some((r) => same(r.output, output))) return;
  card.results.push({ output, failed: isObject(output) && string(output.type).startsWith("error") });
}

function tellResponse(state, root, response) {
  const text = string(response.text);
  if (text.trim() && !state.texts.has(text.trim())) {
    root.items.push({ type: "message", role: "assistant", name: "", parts: [{ type: "text", text }], span: null });
  }
  const { object } = response;
  const callsTold = Array.isArray(object) && object.length
    && object.every((call) => isObject(call) && state.cards.has(string(call.toolCallId)));
  if (object !== undefined && object !== null && !callsTold) root.items.push({ type: "value", title: "Structured response", value: object });
}

/** Whether two values are the same JSON. */
export function same(a, b) {
  if (a === b) return true;
  try {
    return JSON.stringify(a) === JSON.stringify(b);
  } catch {
    return false;
  }
}
