// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// The list of sessions, newest first, kept up to date by events.
import { h } from "./dom.js";
import { count, duration, shortTime, tokens } from "./format.js";
import * as api from "./api.js";

export class SessionList {
  #root = document.getElementById("list");
  #older = document.getElementById("older");
  #count = document.getElementById("count");
  #clear = document.getElementById("clear");
  #rows = new Map(); // id → {entry, el}
  #next = "";
  #selected = "";
  #href;
  #came = null; // entries that came while a load is under way
  #left = false; // entries were removed meanwhile
  #filter = document.getElementById("filter");
  #words = []; // of the filter: a row has them all, or is hidden

  /** href makes the link of an id. */
  constructor(href) {
    this.#href = href;
    this.#older.addEventListener("click", () => this.#loadOlder());
    this.#filter.addEventListener("input", () => this.#refilter());
  }

  /** Lists anew; throws when the collector does not answer. Events that come meanwhile are not lost. */
  async load() {
    const came = [];
    this.#came = came;
    this.#left = false;
    const page = await api.list();
    if (came !== this.#came) return; // another load has begun
    if (this.#left) {
      await this.load();
      return;
    }
    this.#came = null;
    this.#rows.clear();
    this.#root.replaceChildren();
    this.#append(page);
    const newest = page.sessions[0]?.seq ?? 0;
    for (const entry of came) if (entry.seq > newest) this.put(entry);
  }

  /** A session came, or came again. */
  put(entry) {
    this.#came?.push(entry);
    this.#rows.get(entry.id)?.el.remove();
    const el = this.#row(entry);
    el.classList.add("fresh");
    this.#rows.delete(entry.id);
    this.#rows.set(entry.id, { entry, el });
    this.#root.prepend(el);
    this.#changed();
  }

  remove(ids) {
    this.#left = true;
    for (const id of ids) {
      this.#rows.get(id)?.el.remove();
      this.#rows.delete(id);
    }
    this.#changed();
  }

  clear() {
    this.#left = true;
    this.#rows.clear();
    this.#root.replaceChildren();
    this.#next = "";
    this.#changed();
  }

  select(id) {
    this.#rows.get(this.#selected)?.el.removeAttribute("aria-current");
    this.#selected = id;
    const row = this.#rows.get(id)?.el;
    row?.setAttribute("aria-current", "page");
    row?.scrollIntoView({ block: "nearest" });
  }

  get newest() {
    return this.#root.querySelector(":scope > .session")?.dataset.id ?? "";
  }

  /** The id of the first row that the filter leaves, or "". */
  get first() {
    return this.#root.querySelector(":scope > .session:not([hidden])")?.dataset.id ?? "";
  }

  /** The id that is step rows below the selected one, of those shown; the first when none is selected. */
  neighbour(step) {
    let el = this.#rows.get(this.#selected)?.el;
    if (!el) return this.first;
    do el = step > 0 ? el.nextElementSibling : el.previousElementSibling; while (el?.hidden);
    return el?.dataset.id ?? this.#selected;
  }

  #refilter() {
    this.#words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { entry, el } of this.#rows.values()) el.hidden = !this.#has(entry);
    this.#changed();
  }

  #has(e) {
    if (!this.#words.length) return true;
    const failure = e.status === "error" ? "error" : e.failedSpans > 0 ? "failed" : "";
    const text = [e.name, e.id, e.organizationId, e.model.id, e.model.provider, failure, e.error, e.input, e.text].join("\n").toLowerCase();
    return this.#words.every((word) => text.includes(word));
  }

  async #loadOlder() {
    this.#older.disabled = true;
    try {
      this.#append(await api.list(this.#next));
    } catch {
      // The mark in the head already says that the collector does not answer.
    } finally {
      this.#older.disabled = false;
    }
  }

  #append(page) {
    this.#next = page.next ?? "";
    for (const entry of page.sessions) {
      if (this.#rows.has(entry.id)) continue; // an event was faster
      const el = this.#row(entry);
      this.#rows.set(entry.id, { entry, el });
      this.#root.append(el);
    }
    this.#changed();
  }

  #changed() {
    this.#older.hidden = this.#next === "";
    const all = this.#rows.size;
    this.#clear.hidden = this.#filter.hidden = all === 0;
    const left = this.#words.length ? this.#root.querySelectorAll(":scope > .session:not([hidden])").length : all;
    const of = this.#words.length ? `${left.toLocaleString("en")} of ` : "";
    this.#count.textContent = all ? `${of}${count(all, "session")}${this.#next ? " or more" : ""}` : "";
    this.#root.querySelector(":scope > .empty")?.remove();
    if (!left) this.#root.append(h("p.empty", {}, all ? "No session has these words." : "No sessions yet."));
  }

  #row(e) {
    const total = e.usage.totalTokens;
    const meta = [e.model.id, duration(e.duration), total === undefined ? "" : `${tokens(total)} tok`, count(e.spans, "span")].filter(Boolean);
    const el = h(e.status === "error" ? "a.session.failed" : "a.session", {
      href: this.#href(e.id),
      "aria-current": e.id === this.#selected && "page",
    },
    h("span.line", {}, h("span.name", { dir: "auto" }, e.name || "unnamed session"), h("time", {}, shortTime(e.startTime || e.received))),
    h("span.preview", { dir: "auto" }, e.error ? e.error : e.input || e.text || "no text"),
    h("span.meta", {},
      e.status === "error" && h("span.badge.error", {}, "error"),
      e.status !== "error" && e.failedSpans > 0 && h("span.badge.warn", {}, `${e.failedSpans} failed`),
      h("span.of", {}, meta.join(" · ")),
      e.posts > 1 && h("span.badge", { title: `received ${e.posts} times` }, `×${e.posts}`)));
    el.dataset.id = e.id;
    el.hidden = !this.#has(e);
    return el;
  }
}
