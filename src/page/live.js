// Loads the page again when the book has changed. Nothing depends on it: without it, reload by hand.
"use strict";
const events = new EventSource("/events");
events.onmessage = (event) => {
  if (event.data !== document.documentElement.dataset.version) {
    events.close();
    location.reload();
  }
};
