"use strict";
/* The theme at once, so that nothing flashes; everything else when the page is there. */
(() => {
  const root = document.documentElement;
  const themes = ["system", "light", "dark"];
  const words = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
  root.classList.add("js");

  const kept = () => {
    try {
      return localStorage.getItem("keras-codemod-theme");
    } catch {
      return null; // Pages from disk may have no storage.
    }
  };
  const keep = (theme) => {
    try {
      localStorage.setItem("keras-codemod-theme", theme);
    } catch {
      /* Then it holds for this view only. */
    }
  };
  const show = (theme) => {
    root.dataset.theme = theme;
  };
  show(themes.includes(kept()) ? kept() : "system");

  document.addEventListener("DOMContentLoaded", () => {
    const theme = document.getElementById("theme");
    const fold = document.getElementById("fold");
    const parts = [...document.querySelectorAll("main details:not(details details)")];

    const tellTheme = () => {
      theme.textContent = words[root.dataset.theme];
    };
    theme.addEventListener("click", () => {
      const next = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
      show(next);
      keep(next);
      tellTheme();
    });
    tellTheme();

    const areOpen = () => parts.every((part) => part.open);
    const tellFold = () => {
      fold.textContent = areOpen() ? "Close all" : "Open all";
    };
    fold.addEventListener("click", () => {
      const open = !areOpen();
      parts.forEach((part) => {
        part.open = open;
      });
    });
    parts.forEach((part) => part.addEventListener("toggle", tellFold));
    fold.hidden = parts.length === 0;
    tellFold();

    /* On paper nothing can be opened. */
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = parts.filter((part) => !part.open);
      closed.forEach((part) => {
        part.open = true;
      });
    });
    addEventListener("afterprint", () => {
      closed.forEach((part) => {
        part.open = false;
      });
    });
  });
})();
