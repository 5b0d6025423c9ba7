import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { engines, openSession, type Session } from '../../runtime/engines/index.browser.js';
import { decode, fit } from '../../runtime/image/index.browser.js';
import { type LoadedModel, loadModel } from '../../runtime/model/index.js';
import { examplesOf } from './examples.js';
import { fetchBytes } from './fetch-bytes.js';
import type { Ask, CallName, Calls, FromWorker } from './protocol.js';

// Decoding and inference happen here, so that the page stays smooth.

let model: LoadedModel | undefined;
let session: Session | undefined;

const send = (message: FromWorker, transfer: Transferable[] = []) => postMessage(message, { transfer });

const notYet = (what: string) => new OnwardError('usage', `${what} is not loaded yet; wait a moment`);

const calls: { [N in CallName]: (ask: Calls[N]['ask']) => Promise<Calls[N]['answer']> } = {
  async load({ url }) {
    const bytes = await fetchBytes(url, (progress) => send({ progress }));
    model = loadModel(bytes, { name: 'model.onnx' });
    const { labels, input, digest, guesses, provenance } = model;
    // A dataset that is a folder may be named by its path.
    const dataset = provenance.dataset?.name.split(/[\\/]/).findLast(Boolean);
    const title = [dataset, provenance.recipe].filter(Boolean).join(' · ') || undefined;
    const { parameters } = provenance;
    return { labels, input, digest, guesses, title, parameters, bytes: bytes.length, examples: examplesOf(model) };
  },

  async probe() {
    const facts = await Promise.all(engines.map(async (engine) => ({ engine, availability: await engine.probe() })));
    return facts.map(({ engine, availability }) => ({ name: engine.name, availability, slow: engine.slow ?? false }));
  },

  async open({ engine: name }) {
    if (!model) throw notYet('the model');
    await session?.close();
    session = undefined;
    session = await openSession(engines.find((engine) => engine.name === name)!, model);
    const { engine, version, device, selfTest } = session;
    return { engine, version, device, selfTest };
  },

  async classify({ bytes }) {
    if (!model || !session) throw notYet('the engine');
    const start = performance.now();
    const fitted = fit(await decode(bytes), model.input);
    const probabilities = await session.predict(fitted, 1);
    return { engine: session.engine, probabilities, fitted, milliseconds: performance.now() - start };
  },
};

// One after another: an image must not meet an engine that is being exchanged.
let last: Promise<unknown> = Promise.resolve();

// Never `self.onmessage`: with threads on, assigning it hangs ONNX Runtime Web.
addEventListener('message', ({ data }: MessageEvent<Ask>) => {
  const perform = calls[data.name] as (ask: unknown) => Promise<unknown>;
  last = last
    .then(() => perform(data.ask))
    .then(
      (answer) => send({ id: data.id, answer }),
      (error) => send({ id: data.id, error: messageOf(error) }),
    );
});
