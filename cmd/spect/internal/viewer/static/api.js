// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// The collector's API.

const base = "/api/sessions";

export async function list(before) {
  const query = new URLSearchParams({ limit: "200" });
  if (before) query.set("before", before);
  return (await get(`${base}?${query}`)).json();
}

/** The payload's text, as it was received. */
export async function session(id, signal) {
  return (await get(`${base}/${encodeURIComponent(id)}`, signal)).text();
}

export function sessionURL(id) {
  return `${base}/${encodeURIComponent(id)}`;
}

/** The text of the request that carried the payload. */
export async function request(id) {
  return (await get(`${base}/${encodeURIComponent(id)}/request`)).text();
}

export async function clear() {
  await check(await fetch(base, { method: "DELETE" }));
}

async function get(url, signal) {
  const response = await fetch(url, { signal });
  await check(response);
  return response;
}

async function check(response) {
  if (response.ok) return;
  const problem = await response.json().catch(() => null);
  throw new Error(problem?.error?.message ?? `the collector answered ${response.status}`);
}

/**
 * Calls the handlers for what happens at the collector: opened (list anew),
 * session(entry), removed(ids), cleared, lost. A hidden page does not listen: a
 * browser has six connections to a server, and tabs left open would use them up.
 */
export function listen(handlers) {
  let source = null;
  const open = () => {
    source = new EventSource("/api/events");
    source.onopen = handlers.opened;
    source.onerror = () => {
      handlers.lost();
      if (source.readyState === EventSource.CLOSED) { // an answer it does not retry after
        close();
        setTimeout(follow, 3000);
      }
    };
    source.addEventListener("session", (e) => handlers.session(JSON.parse(e.data)));
    source.addEventListener("removed", (e) => handlers.removed(JSON.parse(e.data).ids));
    source.addEventListener("cleared", handlers.cleared);
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const follow = () => {
    if (document.hidden) close();
    else if (!source) open();
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
