// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Reading and writing JSON without changing it: numbers that JavaScript cannot
// hold keep their spelling, and the raw view is the text as it came.
import { h, copyButton } from "./dom.js";
import { bytes } from "./format.js";

const canKeepSource = typeof JSON.rawJSON === "function";
// Only these can be spelt differently by JavaScript; most payloads have none.
const oddNumber = /\d{16}|\d[eE]|\.\d*0(?!\d)|-0/;

/** Parses JSON; a number that would change its spelling becomes a raw JSON object. */
export function parse(text) {
  if (canKeepSource && oddNumber.test(text)) {
    try {
      return JSON.parse(text, (_, value, { source }) =>
        typeof value === "number" && String(value) !== source ? JSON.rawJSON(source) : value);
    } catch { // nested too deeply to be walked; or no JSON, which the next line will say
    }
  }
  return JSON.parse(text);
}

/** The number that a value is, also one whose spelling was kept; else null. */
export function number(value) {
  if (canKeepSource && JSON.isRawJSON(value)) value = Number(value.rawJSON);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

const lineWidth = 72;
const maxMargin = 80; // what is nested deeper stays on one line

/** Indented JSON; what fits on a line stays on one. */
export function pretty(value) {
  try {
    return write(value, "") ?? String(value);
  } catch {
    return "nested too deeply to be written here; the view Data has the payload as received";
  }
}

function write(value, margin) {
  const flat = JSON.stringify(value);
  if (flat === undefined || typeof value !== "object" || value === null || margin.length > maxMargin) return flat;
  if (JSON.isRawJSON?.(value)) return flat;
  const isArray = Array.isArray(value);
  const entries = isArray ? value.map((v) => ["", v]) : Object.entries(value).map(([k, v]) => [`${JSON.stringify(k)}: `, v]);
  const [open, close] = isArray ? "[]" : "{}";
  if (!entries.length) return open + close;
  if (flat.length <= lineWidth) {
    const line = entries.map(([k, v]) => k + write(v, "")).join(", ");
    if (margin.length + line.length <= lineWidth && !line.includes("\n")) return open + line + close;
  }
  const inner = `${margin}  `;
  return `${open}\n${entries.map(([k, v]) => inner + k + write(v, inner)).join(",\n")}\n${margin}${close}`;
}

/** Indents JSON text and changes nothing but white space between tokens. */
export function indent(text) {
  const out = [];
  let depth = 0;
  const line = () => `\n${"  ".repeat(Math.min(depth, 100))}`;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  let open = false; // the last token was { or [
  for (let m = token.exec(text); m; m = token.exec(text)) {
    const t = m[0];
    if (t === "}" || t === "]") {
      depth--;
      out.push(open ? t : line() + t);
      open = false;
      continue;
    }
    if (open) out.push(line());
    open = t === "{" || t === "[";
    if (open) depth++;
    out.push(t === "," ? t + line() : t === ":" ? ": " : t);
  }
  return out.join("");
}

const maxColoured = 30_000; // characters; colouring costs an element a token
const maxShown = 400_000;
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A <pre> with JSON text: coloured when it is short, cut when it is very long. */
export function block(text) {
  return h("pre.json", {}, coloured(text.slice(0, maxShown)), cutNote(text));
}

/** The same for JSON text as it came, which is indented first. */
export function rawBlock(text) {
  return h("pre.json", {}, coloured(indent(text.slice(0, maxShown))), cutNote(text));
}

function coloured(text) {
  if (text.length > maxColoured) return text;
  const out = [];
  let last = 0;
  for (const m of text.matchAll(token)) {
    const cls = m[1] ? (m[2] ? "key" : "str") : m[3] ? "lit" : "num";
    const shown = m[1] || m[0]; // without the colon after a key
    out.push(text.slice(last, m.index), h(`span.${cls}`, {}, shown));
    last = m.index + shown.length;
  }
  out.push(text.slice(last));
  return out;
}

function cutNote(text) {
  return text.length > maxShown && h("span.note", {}, `\n… ${bytes(text.length - maxShown)} more are not shown; copy has all`);
}

/** A value as JSON with a copy button. */
export function view(value) {
  const text = pretty(value);
  return h("div.jsonview", {}, copyButton("copy", () => text), block(text));
}
