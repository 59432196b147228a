// Search without a server: every word of the query must begin a word of the entry. Names count most.
(function () {
  "use strict";
  var entries = window.GROUNDWORK_SEARCH, chosen = -1, dialog, input, list, status, base;
  var fold = function (text) { return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, ""); };
  var words = function (text) { return fold(text).split(/[^a-z0-9\u0370-\u03ff]+/).filter(Boolean); };
  var weight = { page: 1.6, section: 1, theorem: 1.3, definition: 1.2 };
  entries.forEach(function (entry) {
    entry.name = " " + words(entry.t).join(" ");
    entry.body = " " + words(entry.x).join(" ");
  });

  function score(entry, query) {
    var total = 0;
    for (var i = 0; i < query.length; i++) {
      var named = entry.name.indexOf(" " + query[i]) >= 0, at = entry.body.indexOf(" " + query[i]);
      if (!named && at < 0) return 0;
      total += (named ? 8 : 0) + (at >= 0 ? 1 + 1 / (1 + at / 400) : 0);
    }
    return total * (weight[entry.k] || 1.1);
  }

  function excerpt(text, query) {
    var low = fold(text), at = low.length === text.length ? low.search(new RegExp("\\b" + query[0])) : -1;
    var start = Math.max(0, at - 50);
    return (start ? "… " : "") + text.slice(start, start + 150) + (text.length > start + 150 ? " …" : "");
  }

  function run() {
    var query = words(input.value);
    var found = query.length ? entries.map(function (entry) { return { entry: entry, score: score(entry, query) }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score; }) : [];
    list.replaceChildren.apply(list, found.slice(0, 20).map(function (hit) {
      var item = document.createElement("li"), link = document.createElement("a");
      link.href = base + hit.entry.u;
      link.addEventListener("click", function () { dialog.close(); });
      [["strong", hit.entry.t || hit.entry.p], ["small", hit.entry.p], ["span", excerpt(hit.entry.x, query)]].forEach(function (part) {
        var element = document.createElement(part[0]);
        element.textContent = part[1];
        link.appendChild(element);
      });
      item.appendChild(link);
      return item;
    }));
    chosen = -1;
    status.textContent = !query.length ? "Theorems, sections, pages" : found.length === 1 ? "1 result" : found.length + " results";
  }

  function move(step) {
    var links = list.querySelectorAll("a");
    if (!links.length) return;
    chosen = (chosen + step + links.length) % links.length;
    links[chosen].focus();
  }

  function build() {
    dialog = document.createElement("dialog");
    dialog.className = "search";
    dialog.setAttribute("aria-label", "Search");
    var form = document.createElement("form");
    form.method = "dialog";
    input = document.createElement("input");
    input.type = "search";
    input.setAttribute("aria-label", "Search theorems, sections and pages");
    input.placeholder = "Search theorems, sections, pages";
    var close = document.createElement("button");
    close.textContent = "Close";
    close.type = "button";
    close.addEventListener("click", function () { dialog.close(); });
    form.append(input, close);
    status = document.createElement("p");
    status.setAttribute("role", "status");
    list = document.createElement("ol");
    dialog.append(form, status, list);
    document.body.appendChild(dialog);
    input.addEventListener("input", run);
    form.addEventListener("submit", function (event) {
      var first = list.querySelector("a");
      event.preventDefault();
      if (first) first.click();
    });
    dialog.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
      if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
      if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    });
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
  }

  window.groundworkSearch = function (up) {
    base = up;
    if (!dialog) build();
    dialog.showModal();
    input.select();
    run();
  };
})();
