// Loads the page again when the book has changed. Nothing depends on it: without it, reload by hand.
// A browser has at most six connections to one server, so only a page that is looked at keeps one. The server sends the
// present version first, so that a page that is shown again learns what it missed.
"use strict";
let events = null;
const disconnect = () => {
  events?.close();
  events = null;
};
const connect = () => {
  if (events || document.hidden) return;
  events = new EventSource("/events");
  events.onmessage = (event) => {
    if (event.data !== document.documentElement.dataset.version) {
      disconnect();
      location.reload();
    }
  };
};
addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
connect();
