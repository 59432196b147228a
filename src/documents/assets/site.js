// What the site does beyond reading: theme switch, search, copy buttons, provenance on hover,
// a stop button on animations. Everything but search and the switch works without it.
(function () {
  "use strict";
  var root = document.documentElement, up = document.body.dataset.up;
  var all = function (selector, from) { return Array.from((from || document).querySelectorAll(selector)); };
  var make = function (tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };

  // Theme -----------------------------------------------------------------------------------
  var dark = function () {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  all(".theme-switch").forEach(function (button) {
    var show = function () { button.setAttribute("aria-pressed", String(dark())); };
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("groundwork-theme", root.dataset.theme); } catch (e) { /* not kept */ }
      show();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  });

  // Whatever scrolls sideways can be reached by keyboard -----------------------------------------
  var reachable = function () {
    all(".scroll, .tied.wide, pre").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) { box.setAttribute("role", "group"); box.setAttribute("aria-label", "Scrolls sideways"); }
      } else if (box.tabIndex === 0) {
        ["tabindex", "role", "aria-label"].forEach(function (name) { box.removeAttribute(name); });
      }
    });
  };
  reachable();
  addEventListener("resize", reachable);
  if (document.fonts) document.fonts.ready.then(reachable);

  // Copy ---------------------------------------------------------------------------------------
  all("pre").forEach(function (pre) {
    var box = pre.closest("div.sourceCode") || pre.parentNode.insertBefore(make("div", "code-box"), pre);
    if (!box.contains(pre)) box.appendChild(pre);
    box.classList.add("has-copy");
    var button = make("button", "copy", "Copy");
    button.type = "button";
    button.addEventListener("click", function () {
      var done = function () { button.textContent = "Copied"; setTimeout(function () { button.textContent = "Copy"; }, 1500); };
      if (navigator.clipboard) { navigator.clipboard.writeText(pre.innerText).then(done, fallback); } else { fallback(); }
      function fallback() {
        getSelection().selectAllChildren(pre);
        if (document.execCommand("copy")) done();
      }
    });
    box.appendChild(button);
  });

  // Provenance of a number, on hover or focus ------------------------------------------------------
  var tip = make("div", "tip");
  tip.id = "provenance";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.appendChild(tip);
  var showTip = function (link) {
    var rect = link.getBoundingClientRect();
    tip.replaceChildren.apply(tip, link.dataset.from.split(" · ").map(function (line) { return make("span", "", line); }));
    tip.hidden = false;
    var left = Math.max(8, Math.min(rect.left, root.clientWidth - tip.offsetWidth - 8));
    tip.style.left = left + scrollX + "px";
    var above = rect.top > tip.offsetHeight + 12;
    tip.style.top = scrollY + (above ? rect.top - tip.offsetHeight - 6 : rect.bottom + 6) + "px";
    link.setAttribute("aria-describedby", "provenance");
  };
  var hideTip = function () { tip.hidden = true; };
  all("a.claim[title]").forEach(function (link) {
    link.dataset.from = link.title;
    link.removeAttribute("title");
    ["mouseenter", "focus"].forEach(function (name) { link.addEventListener(name, function () { showTip(link); }); });
    ["mouseleave", "blur"].forEach(function (name) { link.addEventListener(name, hideTip); });
  });
  addEventListener("keydown", function (event) { if (event.key === "Escape") hideTip(); });

  // Animations can be stopped; where the reader asks for less motion they stand still at first -------
  all(".themed.moves").forEach(function (box) {
    var button = make("button", "motion"), still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    var apply = function () {
      all("source", box).forEach(function (source) { source.media = still ? "all" : "print"; });
      button.textContent = still ? "Play" : "Pause";
    };
    button.type = "button";
    button.addEventListener("click", function () { still = !still; apply(); });
    apply();
    box.appendChild(button);
  });

  // Posts of one category -----------------------------------------------------------------------------
  var filter = function () {
    var wanted = decodeURIComponent(location.hash.slice(1));
    var links = all("[data-category]");
    var known = links.some(function (link) { return link.dataset.category === wanted; });
    links.forEach(function (link) {
      if (known && link.dataset.category === wanted) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
    all(".posts > li").forEach(function (post) {
      post.hidden = known && post.dataset.categories.split(" ").indexOf(wanted) < 0;
    });
  };
  if (document.querySelector("[data-category]")) {
    addEventListener("hashchange", filter);
    all("[data-category]").forEach(function (link) {
      link.addEventListener("click", function (event) {
        if (link.hasAttribute("aria-current")) { event.preventDefault(); history.pushState(null, "", location.pathname); filter(); }
      });
    });
    filter();
  }

  // Search: its script and index are fetched on first use ----------------------------------------------
  all(".search-open").forEach(function (button) {
    button.hidden = false;
    var load = function (name, then) {
      var script = document.createElement("script");
      script.src = up + name;
      script.onload = then;
      document.head.appendChild(script);
    };
    var open = function () {
      if (window.groundworkSearch) return window.groundworkSearch(up);
      load("search-index.js", function () { load("assets/search.js", function () { window.groundworkSearch(up); }); });
    };
    button.addEventListener("click", open);
    addEventListener("keydown", function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
    });
  });
})();
