// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// How numbers and times are written.

export function duration(ms) {
  if (ms === null) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const s = Math.round(ms / 1000);
  const pad = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}m ${pad(s % 60)}s` : `${Math.floor(s / 3600)}h ${pad(Math.floor((s % 3600) / 60))}m`;
}

export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

export function tokens(n) {
  return n < 10_000 ? n.toLocaleString("en") : `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)}k`;
}

/** What a span cost, in tokens and time, as far as it is known. */
export function cost(span) {
  return [span.tokens === null ? "" : `${tokens(span.tokens)} tok`, duration(span.duration)].filter(Boolean);
}

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} kB`;
  return `${(n / 1024 / 1024).toFixed(1)} MB`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** A short local time: the clock today, with the day before that. Not a time: as it is. */
export function shortTime(iso) {
  const t = new Date(iso);
  if (Number.isNaN(t.getTime())) return iso;
  return (t.toDateString() === new Date().toDateString() ? clock : day).format(t);
}

export function longTime(iso) {
  const t = new Date(iso);
  return Number.isNaN(t.getTime()) ? iso : full.format(t);
}
