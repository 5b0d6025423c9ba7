import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeHtml, percent } from '../../evaluate/index.js';
import { activations as step } from '../steps/index.js';
import { sectionOf } from './section.js';

const picture = async (path: string, alt: string) =>
  `<img alt="${escapeHtml(alt)}" src="data:image/png;base64,${(await readFile(path)).toString('base64')}">`;

export const activations = sectionOf(step, {
  id: 'activations',
  title: 'Activations',
  async show({ image, label, predicted, probability, input, plates }, { out }) {
    const shown: string[] = [];
    for (const { layer, shape, file } of plates) {
      const drawn = await picture(join(out, file), `feature maps of ${layer}`);
      shown.push(
        `<figure>${drawn}<figcaption><b>${escapeHtml(layer)}</b>: ${shape.join(' x ')} (maps, height, width)</figcaption></figure>`,
      );
    }
    const seen = await picture(join(out, input), `an image of class ${label}`);
    return `<div class="plates"><figure class="shown">${seen}<figcaption>Test image ${image}: class ${escapeHtml(label)}, called ${escapeHtml(predicted)} (${percent(probability, 1)}).</figcaption></figure></div>
<p class="soft">Eight convolutions of simplenet-augmented spread over its depth, without those of one pixel; read from the exported file. In a plate all maps have one scale of colours.</p>
<div class="plates">${shown.join('\n')}</div>`;
  },
});
