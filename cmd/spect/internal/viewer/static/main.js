// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// The page: what the address names is shown, what the collector tells is listed.
//                               the newest session, once there is one
//   #/                          how to send
//   #/s/ID                      a session's conversation
//   #/s/ID/spans[/SPAN]         its spans, one of them opened
//   #/s/ID/data                 its data
import { h, copyButton } from "./dom.js";
import { parse } from "./json.js";
import { failedSpans, readSession } from "./payload.js";
import { SessionList } from "./list.js";
import { sessionHref, sessionView, views } from "./session.js";
import * as api from "./api.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const clearButton = document.getElementById("clear");
const filter = document.getElementById("filter");

let route = { id: "", view: "conversation", span: "" };
let shownHash = ""; // the address that is shown, or being fetched
let shown = { id: "", text: "", session: null }; // the session that was fetched last
let loading = new AbortController();

const list = new SessionList((id) => sessionHref(id, route.view));

function readRoute() {
  const [kind, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decode);
  if (kind !== "s" || !rest[0]) return { id: "", view: route.view, span: "" };
  const [id, viewName, span] = rest;
  return { id, view: views.includes(viewName) ? viewName : "conversation", span: span ?? "" };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch { // a hand-written address with a lone %
    return part;
  }
}

/** Shows what the address names. again fetches a session anew, because it was replaced. */
async function show(again = false) {
  const before = route;
  shownHash = location.hash;
  route = readRoute();
  list.select(route.id);
  document.body.classList.toggle("reading", route.id !== "" || !list.newest); // for a narrow screen
  loading.abort();
  if (!route.id) {
    if (location.hash === "" && list.newest) {
      // Replaced, so that "back" leaves the page.
      history.replaceState(null, "", sessionHref(list.newest, route.view));
      await show();
      return;
    }
    document.title = "Spect";
    main.replaceChildren(setup());
    return;
  }
  const { id } = route;
  if (again || shown.id !== id) {
    loading = new AbortController();
    const { signal } = loading;
    try {
      const text = await api.session(id, signal);
      if (signal.aborted) return;
      shown = { id, text, session: readSession(parse(text)) };
    } catch (err) {
      if (signal.aborted) return;
      shown = { id: "", text: "", session: null };
      main.replaceChildren(h("p.empty", {}, `This session cannot be shown: ${err.message}.`));
      return;
    }
  }
  document.title = `${shown.session.name || "session"} – Spect`;
  const { scrollTop } = main;
  main.replaceChildren(sessionView(shown.session, shown.text, route));
  main.scrollTop = again || (before.id === id && before.view === route.view) ? scrollTop : 0;
}

function setup() {
  const env = `export SPECT_COLLECTOR_URL=${location.origin}\nexport SPECT_ORGANIZATION_ID=local\nexport SPECT_API_KEY=local`;
  return h("div.setup", {},
    h("h1", {}, "Send a session here"),
    h("p", {}, "Set these where your program runs, then start it. Sessions appear at the left as they end."),
    h("div.jsonview", {}, copyButton("copy", () => env), h("pre", {}, env)),
    h("p.dim", {}, "Any organization and API key will do; the key is neither checked nor kept, unless this collector was started with a token: then the key is the token. ",
      "Sessions are held in memory until the collector stops."));
}

// The event that an address has changed comes late: by then the next key may be down.
function navigate(hash) {
  if (hash === location.hash) return;
  location.hash = hash;
  show();
}

function go(id) {
  if (id) navigate(sessionHref(id, route.view));
}

const keys = {
  j: () => go(list.neighbour(1)),
  k: () => go(list.neighbour(-1)),
  1: () => goView(0),
  2: () => goView(1),
  3: () => goView(2),
  e: nextFailure,
  "/": () => filter.focus(),
};

// The failed span after the one that the address names; after the last, the first.
function nextFailure() {
  if (!route.id || shown.id !== route.id) return;
  const failed = failedSpans(shown.session);
  const next = failed[(failed.findIndex((s) => s.id === route.span) + 1) % failed.length];
  if (next) navigate(sessionHref(route.id, "spans", next.id));
}

function goView(n) {
  if (route.id) navigate(sessionHref(route.id, views[n]));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (!(event.key in keys)) return;
  event.preventDefault(); // the filter is not to hold the / that led there
  keys[event.key]();
});

filter.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && list.first) {
    go(list.first);
    main.focus();
  } else if (event.key === "Escape") {
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
  }
});

window.addEventListener("hashchange", () => {
  if (location.hash !== shownHash) show();
});

// Not a link: an address with a hash of its own is a session's.
document.getElementById("skip").addEventListener("click", () => main.focus());

clearButton.addEventListener("click", async () => {
  if (!window.confirm("Forget all sessions?")) return;
  try {
    await api.clear();
  } catch (err) {
    main.replaceChildren(h("p.empty", {}, `Nothing was forgotten: ${err.message}.`));
  }
});

function setLive(state) {
  live.textContent = state;
  live.className = state;
}

api.listen({
  async opened() {
    try {
      await list.load();
    } catch {
      setLive("lost");
      return;
    }
    setLive("live");
    list.select(route.id);
    if (!shown.session) await show();
  },
  lost: () => setLive("lost"),
  session(entry) {
    list.put(entry);
    if (entry.id === route.id) show(true);
    else if (!route.id) show();
  },
  removed: (ids) => list.remove(ids),
  cleared() {
    list.clear();
    shown = { id: "", text: "", session: null };
    if (location.hash === "") show();
    else navigate("");
  },
});
