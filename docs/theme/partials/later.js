(() => {
  const wanted = new Promise((go) =>
    addEventListener("focusin", ({ target }) => target.matches(".md-search__input") && go()),
  );
  const { open, send } = XMLHttpRequest.prototype;
  const index = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (/search_index\.json$/.test(url)) index.add(this);
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (index.has(this)) wanted.then(() => send.apply(this, body));
    else send.apply(this, body);
  };

  const Now = Worker;
  window.Worker = function (url) {
    const here = new URL(url, document.baseURI); // later the page may be another
    const later = new EventTarget();
    const worker = wanted.then(() => {
      const now = new Now(here);
      now.addEventListener("message", ({ data }) =>
        later.dispatchEvent(new MessageEvent("message", { data })),
      );
      return now;
    });
    later.postMessage = (data) => worker.then((now) => now.postMessage(data));
    return later;
  };
})();
