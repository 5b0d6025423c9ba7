import type { EngineName } from '../../runtime/engines/index.js';
import type { EngineFacts } from '../classifier/protocol.js';
import { byId, make } from '../dom.js';
import { sentence } from '../format.js';

export const engineTitles: Readonly<Partial<Record<string, string>>> = {
  'web-webgpu': 'WebGPU',
  'web-wasm': 'WebAssembly',
};

export const engineTitle = (name: string) => engineTitles[name] ?? name;

/** The engines to choose from; one that is not there says why. */
export function showEngines(
  engines: readonly EngineFacts[],
  chosen: EngineName | undefined,
  onChoose: (name: EngineName) => void,
): void {
  const options = engines.map(({ name, availability, slow }) => {
    const option = make('label', 'option');
    const radio = make('input');
    radio.type = 'radio';
    radio.name = 'engine';
    radio.value = name;
    radio.checked = name === chosen;
    radio.disabled = !availability.available;
    radio.addEventListener('change', () => onChoose(name));
    const text = make('span', 'option-text');
    const detail = availability.available
      ? `${availability.device}${slow ? ': slow' : ''}`
      : sentence([availability.reason, availability.remedy].filter(Boolean).join('; '));
    text.append(make('strong', '', engineTitle(name)), make('span', 'detail', detail));
    option.append(radio, text);
    return option;
  });
  byId('engines').replaceChildren(make('legend', '', 'Engine'), ...options);
}
