import type { EngineName } from '../runtime/engines/index.js';
import { startClassifier } from './classifier/classifier.js';
import type { Classified, EngineFacts, ModelFacts, SessionFacts } from './classifier/protocol.js';
import { byId } from './dom.js';
import { drawingPng } from './draw/drawing-png.js';
import { startDrawing } from './draw/panel.js';
import { startPicking } from './input/pick.js';
import { startTabs, type Tab } from './input/tabs.js';
import { insecureNotice } from './insecure.js';
import { latest } from './latest.js';
import { keepOffline } from './offline.js';
import { askHealth, askServer, hasServer } from './server.js';
import { showAnswer, showServer } from './view/answer.js';
import { createBars } from './view/bars.js';
import { showEngines } from './view/engines.js';
import { showExamples } from './view/examples.js';
import { showFacts } from './view/facts.js';
import { showError, showNotice } from './view/messages.js';
import { showPicture } from './view/picture.js';
import { showProgress } from './view/progress.js';
import { showSeen } from './view/seen.js';

type Bytes = Uint8Array<ArrayBuffer>;

const classifier = startClassifier(showProgress);
/** Once a person has used the page it does not reload by itself. */
let used = false;

const offline = () =>
  keepOffline({
    inUse: () => used,
    onNewer: () => {
      if (!used) return location.reload();
      showNotice('A newer version of this page or its model is here.', {
        label: 'Reload',
        run: () => location.reload(),
      });
    },
  });

const insecure = insecureNotice();
if (insecure) showNotice(insecure);
showAnswer([], undefined, 'Loading…');
// Without isolation the page is to be loaded again as soon as the service worker can add it; else the model goes first.
if (!crossOriginIsolated) void offline();

try {
  const model = await classifier.call('load', { url: new URL('./model.onnx', document.baseURI).href });
  showProgress(undefined);
  await run(model);
} catch (error) {
  showProgress(undefined);
  showAnswer([], undefined, '');
  showError(error);
}
if (crossOriginIsolated) void offline();

async function run(model: ModelFacts): Promise<void> {
  const { labels } = model;
  const bars = createBars(labels);
  bars.clear();
  showAnswer(labels, undefined, 'Starting the engine…');
  showFacts(model, undefined);
  document.title = model.title ? `${model.title} · onward` : 'onward';

  const images: Record<Tab, Bytes | undefined> = { picture: undefined, draw: undefined };
  let tab: Tab = 'picture';
  const server = hasServer();
  if (server) void askHealth().then((health) => showServer(labels, undefined, health?.engine ?? 'does not answer'));

  const idle = () => {
    showAnswer(labels, undefined, tab === 'draw' ? 'Draw something' : 'Show it an image');
    showSeen(undefined, model.input);
    bars.clear();
  };

  const opened = startEngines(model, () => {
    const bytes = images[tab];
    if (bytes) classify(bytes);
  });
  /** Both answers for the newest image; what came before it is dropped. */
  const classify = latest(async (bytes: Bytes) => {
    // An image may come while the engine is still on its way; when none opens, that is said below.
    await opened.catch(() => {});
    const second = server ? askServer(bytes) : undefined;
    let first: Classified;
    try {
      first = await classifier.call('classify', { bytes });
    } catch (error) {
      idle();
      showPicture(undefined);
      images[tab] = undefined;
      return showError(error);
    }
    showError(undefined);
    showAnswer(labels, first);
    showSeen(first.fitted, model.input);
    bars.show(first.probabilities);
    // On a phone the answer is below the image. While somebody draws, the drawing must not move away.
    if (tab === 'picture') bringIntoView(byId('label').closest('section')!);
    if (!second) return;
    showServer(labels, first, '…');
    const answer = await second;
    showServer(labels, first, answer);
    if (typeof answer === 'object' && answer.probabilities.length === labels.length)
      bars.mark(first.probabilities, answer.probabilities);
  });

  const select = startTabs((to) => {
    tab = to;
    const bytes = images[tab];
    if (bytes) classify(bytes);
    else idle();
    if (tab === 'draw') panel.refresh();
  });
  const panel = startDrawing((strokes) => {
    used = true;
    images.draw = strokes.length > 0 ? drawingPng(strokes, model.input) : undefined;
    if (images.draw) classify(images.draw);
    else idle();
  });
  const take = (bytes: Bytes) => {
    used = true;
    images.picture = bytes;
    showPicture(bytes);
    select('picture');
  };
  startPicking(async (file) => {
    try {
      take(new Uint8Array(await file.arrayBuffer()));
    } catch {
      showError(`${file.name} cannot be read: choose a file, not a folder.`);
    }
  }, showError);
  showExamples(model.examples, take);

  await opened;
  document.body.dataset.ready = '';
  select(model.input.channels === 1 ? 'draw' : 'picture');
}

/** Scrolls as little as shows all of it; not at all where it is seen already. */
function bringIntoView(element: Element): void {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'nearest', behavior: isCalm ? 'auto' : 'smooth' });
}

/** Opens the engine that was chosen last, else the first that is there and no software GPU; another one when it fails. */
async function startEngines(model: ModelFacts, onOpened: () => void): Promise<void> {
  let engines = await classifier.call('probe', {});
  const saved = localStorage.getItem('onward-engine');
  const rank = ({ name, slow }: EngineFacts) => (name === saved ? 0 : slow ? 2 : 1);
  const order = engines.filter((e) => e.availability.available).sort((a, b) => rank(a) - rank(b));

  const open = async (name: EngineName): Promise<SessionFacts> => {
    const session = await classifier.call('open', { engine: name });
    showFacts(model, session);
    showEngines(engines, name, choose);
    return session;
  };
  const choose = async (name: EngineName) => {
    try {
      await open(name);
      localStorage.setItem('onward-engine', name);
      onOpened();
    } catch (error) {
      fail(name, error);
      await startWith(order.filter((e) => e.name !== name));
      onOpened();
    }
  };
  const fail = (name: EngineName, error: unknown) => {
    showError(error);
    const reason = error instanceof Error ? error.message : String(error);
    engines = engines.map((e) =>
      e.name === name ? { ...e, availability: { available: false, reason, remedy: '' } } : e,
    );
  };
  const startWith = async (candidates: readonly EngineFacts[]) => {
    for (const { name } of candidates) {
      try {
        return await open(name);
      } catch (error) {
        fail(name, error);
      }
    }
    showEngines(engines, undefined, choose);
    throw new Error(engines.map(({ availability: a }) => (a.available ? '' : a.reason)).join('; '));
  };
  showEngines(engines, undefined, choose);
  await startWith(order);
}
