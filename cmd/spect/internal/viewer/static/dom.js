// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

// Making elements. Text only ever becomes a text node: there is no way in here
// to have a string parsed as HTML.

/**
 * h("a.link", {href: "#/"}, "text", child, null) makes <a class="link" href="#/">.
 * Keys that start with "on" are listeners; null, undefined and false children are left out.
 */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const el = document.createElement(tag);
  if (classes.length) el.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  add(el, children);
  return el;
}

function add(el, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(el, child);
    else el.append(child);
  }
}

/** Texts in a row, each in its own direction. */
export function row(texts) {
  return texts.flatMap((text, i) => [i ? " · " : null, h("bdi", {}, text)]);
}

/** A <details> whose body is made when it is first opened. */
export function fold(summary, makeBody, { open = false, cls = "" } = {}) {
  const el = h(cls ? `details.${cls}` : "details", {}, h("summary", {}, summary));
  let made = false;
  const make = () => {
    if (made || !el.open) return;
    made = true;
    el.append(makeBody());
  };
  el.addEventListener("toggle", make);
  if (open) {
    el.open = true;
    make();
  }
  return el;
}

/** A button that copies what getText gives (a string or a promise of one). */
export function copyButton(label, getText) {
  const button = h("button.copy", { type: "button" }, label);
  button.addEventListener("click", async (event) => {
    event.preventDefault(); // inside a <summary> it would fold, too
    let done = "copied";
    try {
      await copy(await getText());
    } catch {
      done = "copying failed";
    }
    button.textContent = done;
    setTimeout(() => { button.textContent = label; }, 1200);
  });
  return button;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Beyond localhost, plain HTTP has no clipboard API.
  const area = h("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const ok = document.execCommand("copy");
  area.remove();
  if (!ok) throw new Error("copy");
}
