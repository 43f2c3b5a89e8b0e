// The terminal's script opens downloads at the top of the server, where nothing is without the token.
const openWindow = window.open.bind(window);
window.open = (url, ...more) => {
  const top = `${window.location.origin}/download/`;
  const here = new URL("download/", window.location.href).href;
  return openWindow(String(url).startsWith(top) ? here + String(url).slice(top.length) : url, ...more);
};

// Keys count without a click.
new MutationObserver((_, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    observer.disconnect();
    setTimeout(() => keys.focus(), 0);
  }
}).observe(document, { childList: true, subtree: true });
