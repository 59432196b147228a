// Before the first paint: the reader's remembered theme, else the system's.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("groundwork-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (e) { /* storage is closed to files in some browsers: the system's theme stands */ }
})();
