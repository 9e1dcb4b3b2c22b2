// Times become those of the reader's zone, a run in progress is read again, and a file can be dropped.
// Every page can be used without this script.

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function localise(part) {
  for (const time of part.querySelectorAll('time[datetime]')) {
    time.title = time.textContent;
    time.textContent = shown.format(new Date(time.dateTime));
  }
}

function isInUse(part) {
  return part.contains(document.activeElement) && document.activeElement !== document.body;
}

async function readAgain() {
  const live = document.querySelector('#live[data-live]');
  if (!live) return;
  const seconds = Number(live.dataset.live);
  setTimeout(async () => {
    if (!document.hidden && !isInUse(live)) {
      const answer = await fetch(location.href, { headers: { 'X-Requested-With': 'console' } }).catch(() => null);
      if (answer?.ok && !answer.redirected) replace(live, await answer.text());
    }
    readAgain();
  }, seconds * 1000);
}

function saidBy(part) {
  return Array.from(part.querySelectorAll('[data-said]'), (one) => one.textContent).join('. ');
}

function replace(live, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const next = page.querySelector('#live');
  if (!next) return;
  const before = saidBy(live);
  document.title = page.title;
  localise(next);
  live.replaceWith(next);
  const after = saidBy(next);
  if (after && (after !== before || !next.dataset.live)) {
    const state = next.querySelector('.pill')?.textContent ?? '';
    document.querySelector('#said').textContent = `${state}: ${after}`;
  }
}

function takeDrops() {
  const field = document.querySelector('.drop');
  const input = field?.querySelector('input[type=file]');
  if (!input) return;
  for (const name of ['dragover', 'dragleave', 'drop']) {
    field.addEventListener(name, (event) => {
      event.preventDefault();
      field.classList.toggle('over', name === 'dragover');
      if (name === 'drop' && event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  }
}

localise(document);
takeDrops();
readAgain();
